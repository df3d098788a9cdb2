import type { CertificateProblem } from '../../shared/contract/certificates.ts';
import { errorMessages } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Certificate } from './certificate-fields.ts';
import type { ChainBuilder } from './chain.ts';
import type { ParsedInput } from './input.ts';
import { titleOf } from './path-validation.ts';

const problem = (
  severity: CertificateProblem['severity'],
  code: string,
  text: CertificateProblem['message'],
): CertificateProblem => ({ code, severity, field: 'file', message: text });

/** A server sends the leaf first and then each issuer of the one before (RFC 8446 4.4.2). */
function orderProblem(
  certificates: readonly Certificate[],
  builder: ChainBuilder,
): CertificateProblem | undefined {
  const leaves = certificates.filter(({ fields }) => fields.ca !== true);
  const [leaf] = leaves;
  if (leaves.length !== 1 || leaf === undefined || certificates.length < 2) return undefined;
  if (certificates[0] !== leaf) {
    return problem('warning', 'leaf_not_first', message('certificates.problem.leaf_not_first'));
  }
  for (const [index, certificate] of certificates.slice(1, 20).entries()) {
    const before = certificates[index];
    if (before === undefined || builder.signedBy(before, certificate)) continue;
    const text = message('certificates.problem.chain_order', {
      title: titleOf(certificate.fields),
      before: titleOf(before.fields),
    });
    return problem('warning', 'chain_order', text);
  }
  return undefined;
}

/** Two CAs of one name and different keys: told apart by key identifier only. */
function namesakes(certificates: readonly Certificate[]): CertificateProblem[] {
  const keysBySubject = new Map<string, Set<string>>();
  for (const { fields } of certificates) {
    if (fields.ca !== true) continue;
    const keys = keysBySubject.get(fields.subject) ?? new Set();
    keysBySubject.set(fields.subject, keys.add(fields.spkiSha256));
  }
  return [...keysBySubject]
    .filter(([, keys]) => keys.size > 1)
    .slice(0, 5)
    .map(([subject, keys]) =>
      problem(
        'notice',
        'same_name',
        message('certificates.problem.same_name', { subject, count: keys.size }),
      ),
    );
}

/** What is wrong with the file as a whole, whoever its certificates belong to. */
export function bundleProblems(input: ParsedInput, builder: ChainBuilder): CertificateProblem[] {
  const certificates = input.items.flatMap((item) => (item.kind === 'certificate' ? [item.certificate] : []));
  const found = input.faults
    .slice(0, 50)
    .map((fault) => problem('error', fault.code, errorMessages(fault.data).what));
  const order = orderProblem(certificates, builder);
  if (order !== undefined) found.push(order);
  if (input.total > certificates.length) {
    const params = { total: input.total, count: certificates.length };
    found.push(problem('warning', 'duplicates', message('certificates.problem.duplicates', params)));
  }
  const isBundle = certificates.length > 0 && certificates.every(({ fields }) => fields.ca === true);
  if (isBundle && !certificates.some((certificate) => builder.isSelfSigned(certificate))) {
    found.push(problem('warning', 'no_anchor', message('certificates.problem.no_anchor')));
  }
  found.push(...namesakes(certificates));
  const keys = input.items.flatMap((item) =>
    item.kind === 'privateKey' && item.key.opened ? [item.key] : [],
  );
  const known = new Set(certificates.map(({ fields }) => fields.spkiSha256));
  if (
    certificates.length > 0 &&
    keys.some(({ spkiSha256 }) => spkiSha256 !== undefined && !known.has(spkiSha256))
  ) {
    found.push(
      problem('warning', 'key_without_certificate', message('certificates.problem.key_without_certificate')),
    );
  }
  if (input.junk > 0 && input.container === 'pem') {
    const text = message('certificates.problem.text_between', { count: input.junk });
    found.push(problem('notice', 'text_between', text));
  }
  return found;
}
