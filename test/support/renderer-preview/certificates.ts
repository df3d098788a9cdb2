import { ConsoleError } from '../../../shared/errors.ts';
import type {
  Asn1View,
  CertificateListItem,
  CertificateView,
  Inspection,
} from '../../../shared/contract/certificates.ts';

const hour = 3_600_000;
const sha256 = 'a3f1c20d'.repeat(8);
const identity = '001.edge-proxy.edge-node-01.trusted.domain';

export const certificateRows = (count: number, now: number): CertificateListItem[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `certs/edge-proxy-${index}.crt`,
    sha256: index.toString(16).padStart(64, '0'),
    title:
      index === 0 ? 'Bootroot CA Root' : index === 1 ? 'Bootroot CA Intermediate' : `edge-proxy-${index}`,
    names: [identity],
    issuer: 'Bootroot CA Intermediate',
    serial: '3f9a',
    kind: index === 0 ? 'root' : index === 1 ? 'intermediate' : 'leaf',
    key: 'EC P-256',
    notBefore: now - hour,
    notAfter: now + (index === 2 ? -hour : (index + 1) * 20 * hour),
    renewAt: now + hour,
    state: index === 2 ? 'expired' : index % 7 === 3 ? 'near_expiry' : 'valid',
    problems: { errors: index === 2 ? 1 : 0, warnings: index % 7 === 3 ? 2 : 0 },
    ...(index > 1 ? { service: { id: 'edge-proxy', name: 'edge-proxy' } } : {}),
  }));

const node = (title: string, ca: boolean, selfSigned: boolean, now: number, trustedBy: string[]) => ({
  sha256: sha256.slice(0, 56) + title.length.toString(16).padStart(8, '0'),
  title,
  subject: `CN=${title}`,
  subjectKeyId: '5f'.repeat(20),
  authorityKeyId: '6e'.repeat(20),
  notAfter: now + 9000 * hour,
  ca,
  selfSigned,
  from: selfSigned ? ('trust' as const) : ('file' as const),
  trustedBy,
});

const certificate = (now: number): CertificateView => ({
  item: 0,
  copies: 1,
  sentence: {
    title: 'edge-proxy on edge-node-01',
    names: [identity],
    issuer: 'Bootroot CA Intermediate',
    selfSigned: false,
    ca: false,
    state: 'valid',
    remaining: 23 * hour + 600_000,
    purposes: [{ key: 'openbao.server' }, { key: 'settings.hosts.web' }],
  },
  validity: {
    notBefore: now - 50 * 60_000,
    notAfter: now + 23 * hour,
    now,
    renewAt: now + 15 * hour,
    horizon: { at: now + 20 * hour, subject: 'CN=Bootroot CA Intermediate' },
  },
  paths: [
    {
      nodes: [
        node('edge-proxy', false, false, now, []),
        node('Bootroot CA Intermediate', true, false, now, []),
        node('Bootroot CA Root', true, true, now, ['this installation']),
      ],
      end: 'anchor',
    },
    {
      nodes: [node('edge-proxy', false, false, now, [])],
      end: 'missing_issuer',
      missing: { issuer: 'CN=Old Intermediate', authorityKeyId: '7d'.repeat(20) },
    },
  ],
  verdicts: [
    {
      by: 'this installation',
      known: true,
      purpose: 'server',
      accepted: true,
      because: { key: 'certificate.chain' },
    },
    {
      by: 'this installation',
      known: true,
      purpose: 'client',
      accepted: true,
      because: { key: 'certificate.chain' },
    },
    {
      by: 'the system store',
      known: true,
      purpose: 'server',
      accepted: false,
      because: { key: 'certificate.missingIssuer' },
    },
  ],
  problems: [
    { code: 'x', severity: 'warning', field: 'extension:2.5.29.17', message: { key: 'certificate.noNames' } },
    { code: 'y', severity: 'error', field: 'validity', message: { key: 'certificate.tooLong' } },
  ],
  names: [
    { kind: 'dns', value: identity },
    { kind: 'ip', value: '127.0.0.1' },
  ],
  moreNames: 0,
  key: { algorithm: 'EC', bits: 256, curve: 'P-256', label: 'EC P-256' },
  usages: [{ key: 'certificate.signature' }],
  purposes: [{ key: 'openbao.server' }],
  identifiers: {
    subject: 'CN=edge-proxy',
    subjectAttributes: [{ oid: '2.5.4.3', type: 'CN', value: 'edge-proxy' }],
    issuer: 'CN=Bootroot CA Intermediate',
    issuerAttributes: [],
    serial: '3f9a2c11d0e4b7',
    version: 3,
    signatureAlgorithm: 'ECDSA with SHA-256',
    subjectKeyId: '5f'.repeat(20),
    authorityKeyId: '6e'.repeat(20),
  },
  fingerprints: { sha256, sha1: 'b7'.repeat(20), spkiSha256: 'c9d0'.repeat(16) },
  extensions: [
    {
      oid: '2.5.29.17',
      name: { key: 'certificate.names' },
      critical: false,
      bytes: 48,
      lines: [identity, '127.0.0.1'],
    },
    {
      oid: '2.5.29.15',
      name: { key: 'certificate.usages' },
      critical: true,
      bytes: 4,
      lines: [{ key: 'certificate.signature' }],
    },
    { oid: '1.3.6.1.4.1.37476.9000.64.1', critical: false, bytes: 30, lines: [], raw: '3082011f'.repeat(12) },
  ],
  pem: '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2Vzc2lvbg==\n-----END CERTIFICATE-----\n',
});

/** A file by its name: `.p12` asks for its password (`secret`), everything else is a leaf with its chain. */
export function inspection(name: string, password: string | undefined, now: number): Inspection {
  const closed = name.endsWith('.p12') && password === undefined;
  if (name.endsWith('.p12') && password !== undefined && password !== 'secret') {
    throw new ConsoleError('invalid_input', { field: 'password', problem: '' });
  }
  return {
    name,
    bytes: 2_314,
    container: name.endsWith('.p12') ? 'pkcs12' : 'pem',
    at: now,
    password: closed ? 'needed' : name.endsWith('.p12') ? 'used' : 'not_needed',
    total: closed ? 0 : 3,
    certificates: closed ? [] : [certificate(now)],
    entries: closed
      ? []
      : ['edge-proxy', 'Bootroot CA Intermediate'].map((title, item) => ({
          item,
          sha256: item === 0 ? sha256 : 'b'.repeat(64),
          title,
          issuer: 'Bootroot CA',
          notBefore: now,
          notAfter: now,
          ca: item > 0,
          copies: item + 1,
        })),
    requests: [],
    crls: [],
    privateKeys: closed
      ? []
      : [
          {
            item: 3,
            format: 'pkcs8',
            encrypted: false,
            opened: true,
            key: certificate(now).key,
            spkiSha256: 'c9d0'.repeat(16),
            matches: [sha256],
          },
        ],
    others: [],
    problems: [],
  };
}

export const asn1: Asn1View = {
  bytes: 437,
  nodes: [
    { offset: 0, depth: 0, headerLength: 4, length: 433, tag: 'SEQUENCE', constructed: true, preview: '' },
    { offset: 4, depth: 1, headerLength: 4, length: 343, tag: 'SEQUENCE', constructed: true, preview: '' },
    { offset: 8, depth: 2, headerLength: 2, length: 3, tag: '[0]', constructed: true, preview: '' },
    { offset: 10, depth: 3, headerLength: 2, length: 1, tag: 'INTEGER', constructed: false, preview: '2' },
    {
      offset: 13,
      depth: 2,
      headerLength: 2,
      length: 8,
      tag: 'OBJECT IDENTIFIER',
      constructed: false,
      name: 'ecdsa-with-SHA256',
      preview: '1.2.840.10045.4.3.2',
    },
  ],
  hexFrom: 0,
  hexBase64: Buffer.from(Uint8Array.from({ length: 437 }, (_, index) => (index * 37) % 256)).toString(
    'base64',
  ),
};
