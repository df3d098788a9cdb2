const steps = [500, 1000, 2000, 4000, 8000, 15_000] as const;

/** Milliseconds to wait before try number `attempt` (from 1), spread by up to a quarter so that windows do not come back together. */
export function backoff(attempt: number, random: () => number): number {
  const step = steps[Math.min(Math.max(attempt, 1), steps.length) - 1] ?? 15_000;
  return Math.round(step * (1 + random() / 4));
}
