import type { X509Certificate } from 'node:crypto';
import { sha256 } from './certificates.ts';

/** Longer paths than this are not walked: a hostile server must not make us verify signatures for ever. */
const longestPath = 8;

/** Whether `issuer` really signed `subject` now: names, signature and the issuer's validity, never the name alone (C2). */
function signedBy(subject: X509Certificate, issuer: X509Certificate, now: number): boolean {
  if (!issuer.ca || subject.issuer !== issuer.subject) return false;
  if (Date.parse(issuer.validFrom) > now || Date.parse(issuer.validTo) < now) return false;
  try {
    return subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/**
 * Whether a path of real signatures leads from `leaf` to a pinned CA certificate. The path may use what the server presented *and*
 * what the operator's bundle holds, so a server that sends its leaf alone is accepted (C28), and a pinned certificate that a stranger
 * merely appends to his own chain proves nothing.
 *
 * @param pins lower-case hex SHA-256 of DER
 */
export function reachesPin(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  pins: ReadonlySet<string>,
  now: number = Date.now(),
): boolean {
  const seen = new Set<string>([sha256(leaf)]);
  let front = [leaf];
  for (let depth = 0; depth < longestPath && front.length > 0; depth += 1) {
    const next: X509Certificate[] = [];
    for (const issuer of others) {
      const fingerprint = sha256(issuer);
      if (seen.has(fingerprint) || !front.some((subject) => signedBy(subject, issuer, now))) continue;
      if (pins.has(fingerprint)) return true;
      seen.add(fingerprint);
      next.push(issuer);
    }
    front = next;
  }
  return false;
}
