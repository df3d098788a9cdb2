import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const lifetimeMs = 10 * 60_000;
/** Guesses that cost nothing; a mistyped address is no attack. */
const freeGuesses = 5;
const longestLockMs = 60_000;

export type Redeemed = 'accepted' | 'wrong' | 'expired' | 'locked';

export interface StartTokens {
  /** A new one-time token, 256 bits base64url. It voids the one before and lifts a lock: whoever asks sits at the terminal. */
  issue(): string;
  /** Takes the token if it is the current one; it works once. */
  redeem(candidate: string): Redeemed;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * One-time start tokens. Only the digest is kept and compared in constant time. After {@link freeGuesses} wrong guesses every
 * further one doubles a lock (1 s to 60 s) during which nothing is accepted.
 * @param now unix milliseconds
 */
export function createStartTokens(now: () => number = Date.now): StartTokens {
  let current: { readonly digest: Buffer; readonly expiresAt: number } | undefined;
  let wrong = 0;
  let lockedUntil = 0;

  const fail = (reason: 'wrong' | 'expired'): Redeemed => {
    wrong += 1;
    const over = wrong - freeGuesses;
    if (over >= 0) lockedUntil = now() + Math.min(longestLockMs, 1000 * 2 ** Math.min(over, 10));
    return reason;
  };

  return {
    issue() {
      const token = randomBytes(32).toString('base64url');
      current = { digest: digest(token), expiresAt: now() + lifetimeMs };
      wrong = 0;
      lockedUntil = 0;
      return token;
    },
    redeem(candidate) {
      if (now() < lockedUntil) return 'locked';
      // Compared even when there is nothing to compare with, so that timing tells nothing.
      const matches = timingSafeEqual(digest(candidate), current?.digest ?? digest(''));
      if (current === undefined || !matches || candidate === '') return fail('wrong');
      const { expiresAt } = current;
      current = undefined;
      return now() < expiresAt ? 'accepted' : fail('expired');
    },
  };
}
