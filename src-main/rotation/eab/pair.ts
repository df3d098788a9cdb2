import { ConsoleError } from '../../../shared/errors.ts';

/** An external account binding (RFC 8555 §7.3.4); both parts empty: none. */
export interface EabPair {
  readonly kid: string;
  /** base64url without padding. */
  readonly hmac: string;
}

export const noEab: EabPair = { kid: '', hmac: '' };

/** Fewer bytes than this is no MAC key that a CA gives out. */
const leastBytes = 16;

/**
 * The pair from what was typed. A question that was taken for another one leaves a `y` here (failure mode C26).
 * @throws `rotation_eab_kid`, `rotation_eab_hmac`; neither repeats what was typed
 */
export function parsePair(kidText: string, hmacText: string): EabPair {
  const kid = kidText.trim();
  if (!/^[\x21-\x7e]{1,200}$/.test(kid) || /^(y|yes|n|no|true|false|null)$/i.test(kid))
    throw new ConsoleError('rotation_eab_kid');
  const hmac = hmacText.trim().replace(/=+$/, '');
  const exact = /^[A-Za-z0-9_-]+$/.test(hmac) && hmac.length % 4 !== 1;
  if (!exact || Buffer.from(hmac, 'base64url').length < leastBytes)
    throw new ConsoleError('rotation_eab_hmac', { bytes: leastBytes });
  return { kid, hmac };
}

/** What a KV path or a file holds, or undefined when that is no pair. */
export function pairOf(data: unknown): EabPair | undefined {
  const { kid, hmac } = (data ?? {}) as Record<string, unknown>;
  return typeof kid === 'string' && typeof hmac === 'string' ? { kid, hmac } : undefined;
}

export const isSet = (pair: EabPair | undefined): pair is EabPair =>
  pair !== undefined && pair.kid !== '' && pair.hmac !== '';
