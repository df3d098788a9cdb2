import { createHmac, timingSafeEqual } from 'node:crypto';

/** The parts that are signed, as `x-bootroot-signature` covers them. `ttlSecs` is the responder's default when the body has none. */
export interface SignedParts {
  readonly timestamp: string;
  readonly token: string;
  readonly keyAuthorization: string;
  readonly ttlSecs: number;
}

/** base64(HMAC-SHA256(secret, `<timestamp>.<token>.<key_authorization>.<ttl_secs>`)). */
export function sign(secret: string, parts: SignedParts): string {
  const text = `${parts.timestamp}.${parts.token}.${parts.keyAuthorization}.${parts.ttlSecs}`;
  return createHmac('sha256', secret).update(text, 'utf8').digest('base64');
}

/** Compares in constant time: digests of one length, whatever was sent. */
export function signatureMatches(secret: string, parts: SignedParts, sent: string): boolean {
  const expected = Buffer.from(sign(secret, parts), 'ascii');
  const given = Buffer.alloc(expected.length);
  // Copied into a buffer of the right length first, so that a wrong length takes no other path.
  const text = Buffer.from(sent, 'utf8');
  text.copy(given, 0, 0, expected.length);
  const same = timingSafeEqual(expected, given);
  return same && text.length === expected.length;
}
