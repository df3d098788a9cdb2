import type { CertificateProblem } from '../../shared/contract/certificates.ts';
import { message } from '../../shared/message.ts';
import type { Certificate, CertificateFields } from './certificate-fields.ts';
import type { ChainBuilder, Path } from './chain.ts';
import { allowsPurpose, pathFindings, purposeFindings, titleOf } from './path-validation.ts';
import { oidLabel } from './oids.ts';

const day = 24 * 3_600_000;

/** When renewal is due: after two thirds of the life, at most 30 days before the end; CAs need half a year of warning. */
export function renewalPoint({ notBefore, notAfter, ca }: CertificateFields): number {
  const lifetime = Math.max(0, notAfter - notBefore);
  return notAfter - Math.min(lifetime / 3, ca === true ? 180 * day : 30 * day);
}

export type ValidityState = 'valid' | 'near_expiry' | 'expired' | 'not_yet_valid';

/** @param renewAt unix milliseconds of {@link renewalPoint} or of the operator's own setting */
export function validityState(
  { notBefore, notAfter }: Pick<CertificateFields, 'notBefore' | 'notAfter'>,
  renewAt: number,
  now: number,
): ValidityState {
  if (now > notAfter) return 'expired';
  if (now < notBefore) return 'not_yet_valid';
  return now >= renewAt ? 'near_expiry' : 'valid';
}

const problem = (
  severity: CertificateProblem['severity'],
  code: string,
  field: string,
  text: CertificateProblem['message'],
): CertificateProblem => ({ code, severity, field, message: text });

/** What the certificate alone shows, beyond what every path check finds. */
function ownProblems(certificate: Certificate, renewAt: number, now: number): CertificateProblem[] {
  const { fields } = certificate;
  const found: CertificateProblem[] = [];
  const title = titleOf(fields);
  if (fields.notAfter < fields.notBefore) {
    found.push(
      problem('error', 'validity_reversed', 'validity', message('certificates.problem.validity_reversed')),
    );
  }
  if (validityState(fields, renewAt, now) === 'near_expiry') {
    const text = message('certificates.problem.near_expiry', { title, at: fields.notAfter });
    found.push(problem('warning', 'near_expiry', 'validity', text));
  }
  const octets = fields.serial.replace('-', '').length / 2;
  if (octets > 20) {
    found.push(
      problem('warning', 'serial_long', 'serial', message('certificates.problem.serial_long', { octets })),
    );
  }
  if (fields.serial.startsWith('-') || /^0+$/.test(fields.serial)) {
    found.push(
      problem(
        'warning',
        'serial_not_positive',
        'serial',
        message('certificates.problem.serial_not_positive'),
      ),
    );
  }
  const seen = new Set<string>();
  for (const { oid } of fields.extensions) {
    if (seen.has(oid)) {
      const text = message('certificates.problem.extension_twice', { name: oidLabel(oid) });
      found.push(problem('error', 'extension_twice', `extension:${oid}`, text));
    }
    seen.add(oid);
  }
  if (fields.version < 3) {
    const text = message('certificates.problem.version_old', { version: fields.version });
    found.push(problem('warning', 'version_old', 'identifiers', text));
  }
  return found;
}

function authorityProblems({ fields }: Certificate): CertificateProblem[] {
  const found: CertificateProblem[] = [];
  if (fields.keyUsage?.includes('keyCertSign') === true && fields.ca !== true) {
    const text = message('certificates.problem.ca_without_constraints');
    found.push(problem('error', 'ca_without_constraints', 'extension:2.5.29.19', text));
  }
  if (fields.ca !== true) return found;
  const constraints = fields.extensions.find(({ oid }) => oid === '2.5.29.19');
  if (constraints?.critical === false) {
    const text = message('certificates.problem.ca_not_critical');
    found.push(problem('notice', 'ca_not_critical', 'extension:2.5.29.19', text));
  }
  if (fields.subjectKeyId === undefined) {
    found.push(
      problem(
        'warning',
        'ca_without_key_id',
        'identifiers',
        message('certificates.problem.ca_without_key_id'),
      ),
    );
  }
  return found;
}

function leafProblems(certificate: Certificate): CertificateProblem[] {
  const { fields } = certificate;
  const found: CertificateProblem[] = [];
  if (fields.purposes === undefined) {
    found.push(problem('warning', 'no_purpose', 'purposes', message('certificates.problem.no_purpose')));
  }
  const hasName = (fields.names ?? []).some(({ kind }) => kind === 'dns' || kind === 'ip');
  if (!hasName && allowsPurpose(fields, 'server')) {
    found.push(problem('error', 'no_names', 'names', message('certificates.problem.no_names')));
  }
  return found;
}

/** How the chain ends, and whether the certificate outlives what it hangs on. */
function chainProblems(certificate: Certificate, path: Path, builder: ChainBuilder): CertificateProblem[] {
  const { fields } = certificate;
  const found: CertificateProblem[] = [];
  const above = path.certificates.slice(1);
  const shortest = above.reduce<Certificate | undefined>(
    (least, next) => (least === undefined || next.fields.notAfter < least.fields.notAfter ? next : least),
    undefined,
  );
  if (shortest !== undefined && fields.notAfter > shortest.fields.notAfter) {
    const text = message('certificates.problem.outlives_issuer', {
      issuer: titleOf(shortest.fields),
      at: shortest.fields.notAfter,
    });
    found.push(problem('warning', 'outlives_issuer', 'validity', text));
  }
  if (path.end === 'self_signed' && above.length === 0 && fields.ca !== true) {
    found.push(problem('warning', 'self_signed', 'chain', message('certificates.problem.self_signed')));
  }
  if (path.end === 'too_long') {
    found.push(problem('error', 'chain_too_long', 'chain', message('certificates.problem.chain_too_long')));
  }
  if (path.end !== 'missing_issuer') return found;
  const top = path.certificates[path.certificates.length - 1] ?? certificate;
  const issuer = top.fields.issuerCommonName ?? top.fields.issuer;
  const namesake = builder.namesakesOf(top)[0];
  const text =
    namesake === undefined
      ? message('certificates.problem.issuer_missing', { issuer })
      : message('certificates.problem.issuer_namesake', { issuer });
  const code = namesake === undefined ? 'issuer_missing' : 'issuer_namesake';
  found.push(problem(namesake === undefined ? 'warning' : 'error', code, 'chain', text));
  return found;
}

/** What a certificate is held against, besides itself. */
export interface ProblemContext {
  readonly now: number;
  readonly renewAt: number;
  /** The best path of the certificate. */
  readonly path: Path;
  readonly builder: ChainBuilder;
  /** A name that a peer will verify. */
  readonly wantedName?: string;
  /** Private keys came with the file and none of them is its key. */
  readonly keyMismatch: boolean;
  /** Time of revocation, when a CRL that its issuer signed lists it. */
  readonly revokedAt?: number;
}

const severities = { error: 0, warning: 1, notice: 2 } as const;

/** Every problem of a certificate in plain words, gravest first, each once. */
export function certificateProblems(certificate: Certificate, context: ProblemContext): CertificateProblem[] {
  const { fields } = certificate;
  const { path, now, wantedName, revokedAt } = context;
  const found = [
    ...(revokedAt === undefined
      ? []
      : [
          problem('error', 'revoked', 'validity', message('certificates.problem.revoked', { at: revokedAt })),
        ]),
    ...pathFindings(path.certificates, now, path.end === 'anchor'),
    ...ownProblems(certificate, context.renewAt, now),
    ...authorityProblems(certificate),
    ...(fields.ca === true ? [] : leafProblems(certificate)),
    ...chainProblems(certificate, path, context.builder),
    ...(wantedName === undefined || fields.ca === true
      ? []
      : purposeFindings(path.certificates, 'server', wantedName).filter(
          ({ code }) => code === 'name_mismatch',
        )),
    ...(context.keyMismatch
      ? [problem('error', 'key_mismatch', 'key', message('certificates.problem.key_mismatch'))]
      : []),
  ];
  const seen = new Set<string>();
  return found
    .filter(({ code, message: text }) => {
      const identity = `${code} ${JSON.stringify(text)}`;
      if (seen.has(identity)) return false;
      seen.add(identity);
      return true;
    })
    .sort((a, b) => severities[a.severity] - severities[b.severity]);
}
