import type { CertificateProblem, CrlView } from '../../shared/contract/certificates.ts';
import { message } from '../../shared/message.ts';
import type { Certificate } from './certificate-fields.ts';
import { revokedEntries, type RevocationList } from './revocation-list.ts';
import { verifySignature } from './signature.ts';

/** Entries that are listed; the others are counted. */
const shownEntries = 1000;

/** Reasons by number (RFC 5280 5.3.1); 7 is not used. */
const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unspecified',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

/** A CRL with what was found out about it, so that certificates can be looked up in it. */
export interface JudgedCrl {
  readonly crl: RevocationList;
  readonly signature: CrlView['signature'];
  /** Revocation time by serial; empty unless the signature is valid. */
  readonly revoked: ReadonlyMap<string, number>;
}

/** Verifies a CRL with the certificates at hand that bear its issuer's name and key identifier. */
export function judgeCrl(crl: RevocationList, certificates: readonly Certificate[]): JudgedCrl {
  const candidates = certificates
    .filter(({ subjectRaw }) => Buffer.compare(subjectRaw, crl.issuerRaw) === 0)
    .filter(
      ({ fields: { subjectKeyId } }) =>
        crl.authorityKeyId === undefined || subjectKeyId === undefined || subjectKeyId === crl.authorityKeyId,
    )
    .slice(0, 20);
  const valid = candidates.some(({ spki }) =>
    verifySignature(crl.signed, crl.algorithm, crl.signature, spki),
  );
  const revoked = new Map<string, number>();
  if (valid) for (const { serial, at } of revokedEntries(crl)) revoked.set(serial, at);
  return { crl, revoked, signature: valid ? 'valid' : candidates.length > 0 ? 'invalid' : 'unknown' };
}

function crlProblems({ crl, signature }: JudgedCrl, now: number): CertificateProblem[] {
  const found: CertificateProblem[] = [];
  if (crl.nextUpdate !== undefined && now > crl.nextUpdate) {
    const text = message('certificates.problem.crl_expired', { at: crl.nextUpdate });
    found.push({ code: 'crl_expired', severity: 'error', field: 'validity', message: text });
  }
  if (now < crl.thisUpdate) {
    const text = message('certificates.problem.crl_early', { at: crl.thisUpdate });
    found.push({ code: 'crl_early', severity: 'error', field: 'validity', message: text });
  }
  if (signature === 'invalid') {
    const text = message('certificates.problem.crl_signature', { issuer: crl.issuer });
    found.push({ code: 'crl_signature', severity: 'error', field: 'signature', message: text });
  }
  return found;
}

/** The view of a CRL. Throws `der_malformed` where an entry is broken. */
export function crlView(judged: JudgedCrl, item: number, now: number): CrlView {
  const { crl, signature } = judged;
  const entries: CrlView['entries'] = [];
  let revoked = 0;
  for (const { serial, at, reason } of revokedEntries(crl)) {
    revoked++;
    if (entries.length === shownEntries) continue;
    const name = reason === undefined ? undefined : reasons[reason];
    entries.push({
      serial,
      at,
      ...(name === undefined ? {} : { reason: message(`certificates.reason.${name}`) }),
    });
  }
  return {
    item,
    issuer: crl.issuer,
    thisUpdate: crl.thisUpdate,
    ...(crl.nextUpdate === undefined ? {} : { nextUpdate: crl.nextUpdate }),
    ...(crl.number === undefined ? {} : { number: crl.number }),
    signatureAlgorithm: crl.signatureAlgorithm,
    ...(crl.authorityKeyId === undefined ? {} : { authorityKeyId: crl.authorityKeyId }),
    signature,
    revoked,
    entries,
    problems: crlProblems(judged, now),
  };
}
