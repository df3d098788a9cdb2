import { ConsoleError } from '../../shared/errors.ts';

/** How often and how patiently something that may pass is tried again. */
export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** A longer `Retry-After` is not waited for but told to the operator. */
  readonly longestRetryAfterMs: number;
  /** 0 to 1; replaced in tests. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Waits. @throws ConsoleError `cancelled` as soon as the signal aborts */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) throw new ConsoleError('cancelled');
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new ConsoleError('cancelled'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

export const defaultRetry: RetryPolicy = {
  attempts: 6,
  baseMs: 250,
  maxMs: 8_000,
  longestRetryAfterMs: 30_000,
  random: Math.random,
  sleep,
};

/** Exponential, with jitter downwards to a half so that many workers do not come back together. */
export function backoffMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxMs, policy.baseMs * 2 ** attempt) * (0.5 + policy.random() / 2);
}

/** `Retry-After` as seconds or as a date (RFC 9110 §10.2.3), in milliseconds from `now`; undefined when absent or senseless. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
