/** When a server that ended by itself is started again, and when that is given up. Milliseconds. */
export const restartPolicy = {
  firstDelay: 1_000,
  longestDelay: 60_000,
  /** So many ends within `window` are a fault that another start does not mend. */
  attempts: 6,
  window: 10 * 60_000,
} as const;

/** What became of one server's restarts. */
export interface RestartHistory {
  /** Restarts since the operator started it. */
  readonly restarts: number;
  /** Unix milliseconds of the ends that count. */
  readonly ends: readonly number[];
  readonly nextAt?: number;
  readonly givenUp: boolean;
}

export const noRestarts: RestartHistory = { restarts: 0, ends: [], givenUp: false };

/** Takes note of an end at `now`: the next start is planned with doubled delay, or given up. */
export function afterEnd(
  history: RestartHistory,
  now: number,
  policy: typeof restartPolicy = restartPolicy,
): RestartHistory {
  const ends = [...history.ends.filter((at) => now - at < policy.window), now];
  if (ends.length >= policy.attempts) return { restarts: history.restarts, ends, givenUp: true };
  const delay = Math.min(policy.longestDelay, policy.firstDelay * 2 ** (ends.length - 1));
  return { restarts: history.restarts, ends, nextAt: now + delay, givenUp: false };
}

/** Takes note that it was started again. */
export function afterRestart(history: RestartHistory): RestartHistory {
  return { restarts: history.restarts + 1, ends: history.ends, givenUp: false };
}
