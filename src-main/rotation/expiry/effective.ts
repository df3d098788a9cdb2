import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';

export interface SecretIdLimits {
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** As OpenBao issued it, unix milliseconds; undefined: without end. */
  readonly issuedUntil: number | undefined;
  /** `secret_id_ttl` of the role now, seconds; undefined or 0: none, or not to be read. */
  readonly roleTtl: number | undefined;
  /** Longest lease of the mount now, seconds; undefined: no limit of its own. */
  readonly mountMax: number | undefined;
}

/**
 * When a secret_id ends: the earliest of the life it was issued with, the present life of its role, and the present limit of the
 * mount, both from the day it was made (failure mode C8). A role or mount that was made stricter since counts, so that nobody
 * relies on what the next one will not get.
 */
export function effectiveExpiry(limits: SecretIdLimits): Pick<CredentialExpiry, 'expiresAt' | 'limit'> {
  const { createdAt, issuedUntil, roleTtl = 0, mountMax = 0 } = limits;
  const ends: { readonly at: number; readonly limit: CredentialExpiry['limit'] }[] = [];
  if (issuedUntil !== undefined) ends.push({ at: issuedUntil, limit: 'issued' });
  if (roleTtl > 0) ends.push({ at: createdAt + roleTtl * 1000, limit: 'role' });
  if (mountMax > 0) ends.push({ at: createdAt + mountMax * 1000, limit: 'mount' });
  const least = ends.reduce((min, { at }) => Math.min(min, at), Number.POSITIVE_INFINITY);
  // OpenBao rounds to the second: what was issued by the role's life is not said to be ended by the role.
  const first = ends.find(({ at }) => at - least < 2000);
  return first === undefined ? { limit: 'none' } : { expiresAt: first.at, limit: first.limit };
}

/** The earliest end among the credentials that a target replaces. */
export function earliestOf(items: readonly CredentialExpiry[], target: string): number | undefined {
  const ends = items
    .filter((item) => item.target === target && item.kind !== 'delivery')
    .flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]));
  return ends.length === 0 ? undefined : ends.reduce((a, b) => Math.min(a, b));
}
