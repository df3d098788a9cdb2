import type { CertificateProblem, RequestView } from '../../shared/contract/certificates.ts';
import { message } from '../../shared/message.ts';
import type { Certificate } from './certificate-fields.ts';
import { keyView } from './certificate-view.ts';
import { digestHex } from './digest.ts';
import { purposeWords, shownNames, usageWords } from './extension-view.ts';
import { toPem } from './pem.ts';
import { isWeakKey } from './public-key.ts';
import type { CertificateRequest } from './request.ts';

/** The view of a PKCS#10 request. */
export function requestView(
  request: CertificateRequest,
  der: Uint8Array,
  item: number,
  certificates: readonly Certificate[],
): RequestView {
  const { asked, key, subject } = request;
  const names = asked.names ?? [];
  const title = request.commonName ?? names[0]?.value ?? subject;
  const spkiSha256 = digestHex('sha256', request.spki);
  const problems: CertificateProblem[] = [];
  if (!request.signatureValid) {
    const text = message('certificates.problem.request_signature');
    problems.push({ code: 'request_signature', severity: 'error', field: 'signature', message: text });
  }
  if (names.length === 0) {
    const text = message('certificates.problem.request_no_names');
    problems.push({ code: 'request_no_names', severity: 'warning', field: 'names', message: text });
  }
  if (isWeakKey(key)) {
    const text = message('certificates.problem.weak_key', {
      title,
      algorithm: key.algorithm,
      bits: key.bits,
    });
    problems.push({ code: 'weak_key', severity: 'error', field: 'key', message: text });
  }
  return {
    item,
    title,
    subject,
    names: names.slice(0, shownNames),
    key: keyView(key),
    spkiSha256,
    signatureAlgorithm: request.signatureAlgorithm,
    signatureValid: request.signatureValid,
    usages: usageWords(asked.keyUsage),
    purposes: purposeWords(asked.purposes),
    matches: certificates
      .filter(({ fields }) => fields.spkiSha256 === spkiSha256)
      .map(({ fields }) => fields.sha256),
    problems,
    pem: toPem(der, 'CERTIFICATE REQUEST'),
  };
}
