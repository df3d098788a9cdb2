import type { CertificateProblem } from '../../shared/contract/certificates.ts';
import { message } from '../../shared/message.ts';
import { isSelfIssued, type Certificate, type CertificateFields } from './certificate-fields.ts';
import type { GeneralName } from './general-names.ts';
import { matchesName, forbiddenName } from './name-match.ts';
import { isWeakKey } from './public-key.ts';
import { oidLabel } from './oids.ts';

export type TlsPurpose = 'server' | 'client';

const purposeOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
const anyPurpose = '2.5.29.37.0';

/** As people call it: common name, else its first name, else the subject, else the serial. */
export function titleOf({ commonName, names, subject, serial }: CertificateFields): string {
  return commonName ?? names?.[0]?.value ?? (subject === '' ? serial : subject);
}

/** Whether the certificate may be used for a purpose, by extended key usage alone. */
export const allowsPurpose = ({ purposes }: CertificateFields, purpose: TlsPurpose): boolean =>
  purposes === undefined || purposes.includes(purposeOids[purpose]) || purposes.includes(anyPurpose);

const weakSignature = /^(md2|md4|md5|sha1)With|SHA1$/i;

/** Extensions that are understood or that the rules let pass when critical. */
const understood = new Set([
  '2.5.29.15',
  '2.5.29.17',
  '2.5.29.19',
  '2.5.29.30',
  '2.5.29.32',
  '2.5.29.37',
  '2.5.29.14',
  '2.5.29.35',
  '2.5.29.31',
  '2.5.29.36',
  '2.5.29.54',
]);

const error = (code: string, field: string, text: CertificateProblem['message']): CertificateProblem => ({
  code,
  severity: 'error',
  field,
  message: text,
});

/** Dates and strength of one certificate of a path, in any role. */
function commonFindings({ fields }: Certificate, now: number, anchor: boolean): CertificateProblem[] {
  const { notBefore, notAfter, signatureAlgorithm, key } = fields;
  const title = titleOf(fields);
  const found: CertificateProblem[] = [];
  if (now > notAfter) {
    found.push(
      error('expired', 'validity', message('certificates.problem.expired', { title, at: notAfter })),
    );
  }
  if (now < notBefore) {
    const text = message('certificates.problem.not_yet_valid', { title, at: notBefore });
    found.push(error('not_yet_valid', 'validity', text));
  }
  if (isWeakKey(key)) {
    const text = message('certificates.problem.weak_key', {
      title,
      algorithm: key.algorithm,
      bits: key.bits,
    });
    found.push(error('weak_key', 'key', text));
  }
  // Nobody verifies the signature of an anchor: it is trusted as it stands.
  if (!anchor && weakSignature.test(signatureAlgorithm)) {
    const text = message('certificates.problem.weak_signature', { title, algorithm: signatureAlgorithm });
    found.push(error('weak_signature', 'signature', text));
  }
  for (const { oid, critical, unreadable } of fields.extensions) {
    if (unreadable) {
      const text = message('certificates.problem.extension_unreadable', { name: oidLabel(oid) });
      found.push(error('extension_unreadable', `extension:${oid}`, text));
    } else if (critical && !understood.has(oid)) {
      const text = message('certificates.problem.extension_critical_unknown', { name: oidLabel(oid) });
      found.push(error('extension_critical_unknown', `extension:${oid}`, text));
    }
  }
  return found;
}

/** Whether a certificate may have issued the one below it. `below`: CAs between it and the leaf that count. */
function issuerFindings({ fields }: Certificate, below: number): CertificateProblem[] {
  const title = titleOf(fields);
  const found: CertificateProblem[] = [];
  // Version 1 roots have no extensions at all; as anchors some verifiers accept them, but none should rely on it.
  if (fields.ca !== true) {
    const text = message('certificates.problem.issuer_not_ca', { title });
    found.push(error('issuer_not_ca', 'extension:2.5.29.19', text));
  }
  if (fields.keyUsage !== undefined && !fields.keyUsage.includes('keyCertSign')) {
    const text = message('certificates.problem.issuer_may_not_sign', { title });
    found.push(error('issuer_may_not_sign', 'usages', text));
  }
  if (fields.pathLength !== undefined && below > fields.pathLength) {
    const text = message('certificates.problem.path_length', {
      title,
      allowed: fields.pathLength,
      actual: below,
    });
    found.push(error('path_length', 'chain', text));
  }
  return found;
}

/** Names that constraints speak of: the alternative names, and the subject as a directory name. */
function constrainedNames({ fields }: Certificate): GeneralName[] {
  const subject: GeneralName[] = fields.subject === '' ? [] : [{ kind: 'directory', value: fields.subject }];
  return [...(fields.names ?? []), ...subject];
}

function constraintFindings(path: readonly Certificate[]): CertificateProblem[] {
  const found: CertificateProblem[] = [];
  for (const [index, issuer] of path.entries()) {
    const constraints = issuer.fields.nameConstraints;
    if (index === 0 || constraints === undefined) continue;
    for (const [position, certificate] of path.slice(0, index).entries()) {
      if (position > 0 && isSelfIssued(certificate)) continue;
      const name = forbiddenName(constrainedNames(certificate), constraints);
      if (name === undefined) continue;
      const text = message('certificates.problem.name_forbidden', {
        name: name.value,
        issuer: titleOf(issuer.fields),
      });
      found.push(error('name_forbidden', position === 0 ? 'names' : 'chain', text));
    }
  }
  return found;
}

/** Everything that the rules of RFC 5280 chapter 6 hold against a path whose signatures are verified. Dates at `now`. */
export function pathFindings(
  path: readonly Certificate[],
  now: number,
  anchored: boolean,
): CertificateProblem[] {
  const found: CertificateProblem[] = [];
  let below = 0;
  for (const [index, certificate] of path.entries()) {
    const anchor = anchored && index === path.length - 1;
    const common = commonFindings(certificate, now, anchor || isSelfIssued(certificate));
    if (index === 0) {
      found.push(...common);
      continue;
    }
    // Seen from the leaf, what is wrong with an issuer is wrong with the chain.
    found.push(
      ...[...common, ...issuerFindings(certificate, below)].map((one) => ({ ...one, field: 'chain' })),
    );
    if (!isSelfIssued(certificate)) below++;
  }
  return [...found, ...constraintFindings(path)];
}

/** What speaks against one purpose: usages of the leaf and of every CA above it, and a name to be verified by. */
export function purposeFindings(
  path: readonly Certificate[],
  purpose: TlsPurpose,
  wantedName?: string,
): CertificateProblem[] {
  const leaf = path[0]?.fields;
  if (leaf === undefined) return [];
  const found: CertificateProblem[] = [];
  for (const { fields } of path) {
    if (allowsPurpose(fields, purpose)) continue;
    const key = `certificates.problem.purpose_${purpose}` as const;
    found.push(error('purpose', 'purposes', message(key, { title: titleOf(fields) })));
  }
  const usage = leaf.keyUsage;
  const enough =
    usage === undefined ||
    usage.includes('digitalSignature') ||
    usage.includes('keyAgreement') ||
    (purpose === 'server' && usage.includes('keyEncipherment'));
  if (!enough) {
    const text = message('certificates.problem.usage_no_tls', { title: titleOf(leaf) });
    found.push(error('usage_no_tls', 'usages', text));
  }
  if (purpose !== 'server') return found;
  if ((leaf.names ?? []).every(({ kind }) => kind !== 'dns' && kind !== 'ip')) {
    found.push(error('no_names', 'names', message('certificates.problem.no_names')));
  } else if (wantedName !== undefined && !matchesName(leaf.names ?? [], wantedName)) {
    const text = message('certificates.problem.name_mismatch', { wanted: wantedName });
    found.push(error('name_mismatch', 'names', text));
  }
  return found;
}
