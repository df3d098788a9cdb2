import type { X509Certificate } from 'node:crypto';
import { ConsoleError } from '../../../shared/errors.ts';
import { readBundle, sha256 } from '../../tls/certificates.ts';
import { ask, askStranger, originOf, type AskOptions } from './ask.ts';

/** A self-signed CA certificate that step-ca publishes. */
export interface PublishedRoot {
  readonly fingerprint: string;
  readonly pem: string;
}

const isRoot = (certificate: X509Certificate): boolean => {
  try {
    return certificate.ca && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
};

/** Certificates of a PEM text, each once, in their order. Throws `tls_bundle_unreadable`. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  try {
    const read = readBundle(pem).map((certificate) => [sha256(certificate), certificate] as const);
    return [...new Map(read).values()];
  } catch (cause) {
    throw new ConsoleError('tls_bundle_unreadable', {}, { cause });
  }
}

/** What goes into `certs/ca-bundle.pem`: every certificate once, nothing else of the text. */
export const bundleOf = (certificates: readonly X509Certificate[]): string =>
  certificates.map((certificate) => certificate.toString()).join('');

/** Whether a bundle can end a chain: it holds a self-signed CA certificate that is valid now. */
export const hasAnchor = (certificates: readonly X509Certificate[], now: number): boolean =>
  certificates.some(
    (certificate) =>
      isRoot(certificate) &&
      Date.parse(certificate.validFrom) <= now &&
      Date.parse(certificate.validTo) >= now,
  );

/** The roots that a step-ca publishes at `/roots.pem`, as yet unjudged. Throws as {@link askStranger}. */
export async function publishedRoots(
  stepcaUrl: string,
  options: AskOptions,
): Promise<readonly PublishedRoot[]> {
  const answer = await askStranger(`${originOf(stepcaUrl)}/roots.pem`, options);
  // Both 200 and 201 have been seen.
  if (answer.status < 200 || answer.status > 299) return [];
  return certificatesOf(answer.body.toString('utf8'))
    .filter(isRoot)
    .map((certificate) => ({ fingerprint: sha256(certificate), pem: certificate.toString() }));
}

/** The root with this fingerprint, as `step ca bootstrap` finds it. Throws `external_root_not_published`. */
export async function rootByFingerprint(
  stepcaUrl: string,
  fingerprint: string,
  options: AskOptions,
): Promise<string> {
  const found = (await publishedRoots(stepcaUrl, options)).find((root) => root.fingerprint === fingerprint);
  if (found === undefined)
    throw new ConsoleError('external_root_not_published', { url: originOf(stepcaUrl), fingerprint });
  return found.pem;
}

/** The published root that the server's own certificate chains to; several may be published side by side. */
export async function servingRoot(
  stepcaUrl: string,
  options: AskOptions,
): Promise<PublishedRoot | undefined> {
  const roots = await publishedRoots(stepcaUrl, options);
  for (const root of roots) {
    try {
      await ask(`${originOf(stepcaUrl)}/health`, { ca: root.pem }, options);
      return root;
    } catch {
      // Another one may be the issuer.
    }
  }
  return undefined;
}
