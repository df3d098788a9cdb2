import type {
  CertificateEntry,
  CertificateView,
  ChainNode,
  ChainPath,
} from '../../shared/contract/certificates.ts';
import type { Certificate } from './certificate-fields.ts';
import { certificateProblems, renewalPoint, validityState } from './certificate-problems.ts';
import type { ChainBuilder, Path } from './chain.ts';
import { digestHex } from './digest.ts';
import { extensionViews, purposeWords, shownNames, usageWords } from './extension-view.ts';
import { titleOf } from './path-validation.ts';
import { toPem } from './pem.ts';
import { keyLabel, type KeyFacts } from './public-key.ts';
import { verdictsOf } from './verdicts.ts';

/** Everything that certificates of one file are judged with. */
export interface ViewContext {
  readonly now: number;
  readonly builder: ChainBuilder;
  /** Fingerprints of the file's own certificates. */
  readonly inFile: ReadonlySet<string>;
  /** Anchors of each trust store by its name. */
  readonly anchorsBy: ReadonlyMap<string, ReadonlySet<string>>;
  /** Milliseconds before not-after at which the installation renews; absent: a third of the life. */
  readonly renewBefore?: number;
  readonly wantedName?: string;
  /** Public halves of the file's private keys. */
  readonly keys: ReadonlySet<string>;
  /** When a CRL of its issuer lists the certificate. */
  readonly revokedAt: (certificate: Certificate) => number | undefined;
}

export const keyView = (key: KeyFacts): CertificateView['key'] => ({ ...key, label: keyLabel(key) });

const trustedBy = ({ anchorsBy }: ViewContext, sha256: string): string[] =>
  [...anchorsBy].filter(([, anchors]) => anchors.has(sha256)).map(([name]) => name);

function chainNode(certificate: Certificate, context: ViewContext): ChainNode {
  const { sha256, subject, subjectKeyId, authorityKeyId, notAfter, ca } = certificate.fields;
  return {
    sha256,
    title: titleOf(certificate.fields),
    subject,
    ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
    ...(authorityKeyId === undefined ? {} : { authorityKeyId }),
    notAfter,
    ca: ca === true,
    selfSigned: context.builder.isSelfSigned(certificate),
    from: context.inFile.has(sha256) ? 'file' : 'trust',
    trustedBy: trustedBy(context, sha256),
  };
}

function chainPath({ certificates, end }: Path, context: ViewContext): ChainPath {
  const top = certificates[certificates.length - 1]?.fields;
  return {
    nodes: certificates.map((certificate) => chainNode(certificate, context)),
    end,
    ...(end !== 'missing_issuer' || top === undefined
      ? {}
      : {
          missing: {
            issuer: top.issuer,
            ...(top.authorityKeyId === undefined ? {} : { authorityKeyId: top.authorityKeyId }),
          },
        }),
  };
}

/** A row of the list of all certificates of the file. */
export const certificateEntry = (
  { fields }: Certificate,
  item: number,
  copies: number,
): CertificateEntry => ({
  item,
  sha256: fields.sha256,
  title: titleOf(fields),
  issuer: fields.issuerCommonName ?? fields.issuer,
  notBefore: fields.notBefore,
  notAfter: fields.notAfter,
  ca: fields.ca === true,
  copies,
});

/** The card of one certificate, complete. */
export function certificateView(
  certificate: Certificate,
  item: number,
  copies: number,
  context: ViewContext,
): CertificateView {
  const { fields, der } = certificate;
  const { now, builder, wantedName } = context;
  const anchored = ({ fields: { sha256 } }: Certificate): boolean => trustedBy(context, sha256).length > 0;
  const paths = builder.paths(certificate, anchored);
  const path = paths[0] ?? { certificates: [certificate], end: 'missing_issuer' as const };
  const renewAt =
    context.renewBefore === undefined ? renewalPoint(fields) : fields.notAfter - context.renewBefore;
  const horizon = path.certificates
    .slice(1)
    .reduce<Certificate | undefined>(
      (least, next) => (least === undefined || next.fields.notAfter < least.fields.notAfter ? next : least),
      undefined,
    );
  const revokedAt = context.revokedAt(certificate);
  const names = fields.names ?? [];
  const purposes = purposeWords(fields.purposes);
  return {
    item,
    copies,
    sentence: {
      title: titleOf(fields),
      names: names.slice(0, 5).map(({ value }) => value),
      issuer: fields.issuerCommonName ?? fields.issuer,
      selfSigned: builder.isSelfSigned(certificate),
      ca: fields.ca === true,
      state: validityState(fields, renewAt, now),
      remaining: fields.notAfter - now,
      purposes,
    },
    validity: {
      notBefore: fields.notBefore,
      notAfter: fields.notAfter,
      now,
      renewAt,
      ...(horizon === undefined
        ? {}
        : { horizon: { at: horizon.fields.notAfter, subject: titleOf(horizon.fields) } }),
    },
    paths: paths.map((one) => chainPath(one, context)),
    verdicts: verdictsOf(certificate, builder, context.anchorsBy, now, wantedName),
    problems: certificateProblems(certificate, {
      now,
      renewAt,
      path,
      builder,
      ...(wantedName === undefined ? {} : { wantedName }),
      keyMismatch: fields.ca !== true && context.keys.size > 0 && !context.keys.has(fields.spkiSha256),
      ...(revokedAt === undefined ? {} : { revokedAt }),
    }),
    names: names.slice(0, shownNames),
    moreNames: Math.max(0, names.length - shownNames),
    key: keyView(fields.key),
    usages: usageWords(fields.keyUsage),
    purposes,
    identifiers: {
      subject: fields.subject,
      subjectAttributes: certificate.subjectName.flat(),
      issuer: fields.issuer,
      issuerAttributes: certificate.issuerName.flat(),
      serial: fields.serial,
      version: fields.version,
      signatureAlgorithm: fields.signatureAlgorithm,
      ...(fields.subjectKeyId === undefined ? {} : { subjectKeyId: fields.subjectKeyId }),
      ...(fields.authorityKeyId === undefined ? {} : { authorityKeyId: fields.authorityKeyId }),
    },
    fingerprints: {
      sha256: fields.sha256,
      sha1: digestHex('sha1', der),
      spkiSha256: fields.spkiSha256,
    },
    extensions: extensionViews(fields.extensions, {
      ...fields,
      ocsp: [...fields.ocsp],
      caIssuers: [...fields.caIssuers],
      crls: [...fields.crls],
      policies: [...fields.policies],
    }),
    pem: toPem(der, 'CERTIFICATE'),
  };
}
