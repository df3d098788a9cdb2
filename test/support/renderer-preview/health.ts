import type { AuditDevices, CaDatabase, Issued } from '../../../shared/contract/health.ts';
import type { Output } from '../../../shared/contract/index.ts';

const day = 86_400_000;
const gib = 2 ** 30;

export const auditDevicesOf = (now: number): AuditDevices => ({
  canRotate: true,
  devices: ['audit.log', 'audit-second/audit.log'].map((file, index) => ({
    name: index === 0 ? 'file' : 'second',
    type: 'file',
    file: `/home/kim/bootroot/lab/local/openbao/${file}`,
    path: `/home/kim/bootroot/lab/local/openbao/${file}`,
    bytes: 48 * 2 ** 20,
    rotated:
      index === 1
        ? []
        : Array.from({ length: 6 }, (_, age) => ({
            path: `/home/kim/bootroot/lab/local/openbao/${file}.${age}.gz`,
            bytes: 2 ** 20,
            at: now - (age + 0.4) * day,
          })),
    disk: {
      freeBytes: 11 * gib,
      totalBytes: 240 * gib,
      ...(index === 0 ? { fullAt: now + 9 * day } : {}),
    },
  })),
});

export const caDatabaseOf = (): CaDatabase => ({
  bytes: 1.8 * gib,
  keepDays: 7,
  tables: [
    { name: 'acme_certs', rows: 412_000, bytes: 1.1 * gib },
    { name: 'x509_certs', rows: 412_311, bytes: 0.4 * gib },
    { name: 'acme_orders', rows: 418_220, bytes: 0.2 * gib },
    { name: 'acme_challenges', rows: 1_254_000, bytes: 0.1 * gib },
  ],
  ended: [
    { kind: 'orders', rows: 410_000 },
    { kind: 'authorizations', rows: 410_000 },
    { kind: 'certificates', rows: 409_000 },
    { kind: 'nonces', rows: 0 },
  ],
});

export const issuedOf = (rows: number, now: number): Issued => ({
  more: rows > 2,
  items: Array.from({ length: Math.min(rows, 8) }, (_, index) => ({
    serial: `${(0x9f86d081 + index).toString(16)}884c7d659a2feaa0c55ad015`,
    title: `00${index + 1}.edge-proxy.edge-node-0${index + 1}.trusted.domain`,
    names: [`00${index + 1}.edge-proxy.edge-node-0${index + 1}.trusted.domain`],
    notBefore: now - index * 0.6 * day,
    notAfter: now + (1 - index * 0.6) * day,
    sha256: index.toString(16).padStart(64, 'a'),
    pem: '',
    provisioner: 'acme',
    ...(index === 1 ? { revokedAt: now - 3_600_000, reason: 'keyCompromise' } : {}),
  })),
});

export const horizonOf = (now: number): Output<'health.horizon'> => ({
  leafMs: day,
  authorities: [
    {
      name: 'Bootroot Root CA',
      path: 'secrets/certs/root_ca.crt',
      notAfter: now + 3000 * day,
      horizonAt: now + 2999 * day,
    },
    {
      name: 'Bootroot Intermediate CA',
      path: 'secrets/certs/intermediate_ca.crt',
      notAfter: now + 60 * day,
      horizonAt: now + 59 * day,
    },
  ],
});
