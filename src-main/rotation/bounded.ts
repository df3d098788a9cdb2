/** How many calls of one rotation are under way at once: enough to hide latency, few enough for a small server. */
export const width = 8;

/** Runs `job` for each item, at most {@link width} at once. The first failure ends the rest, after those under way. */
export async function eachBounded<T>(
  items: readonly T[],
  job: (item: T) => Promise<void>,
  onDone: (fraction: number) => void = () => undefined,
): Promise<void> {
  let next = 0;
  let done = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const item = items[next] as T;
      next += 1;
      try {
        await job(item);
      } catch (error) {
        failed = true;
        throw error;
      }
      done += 1;
      onDone(done / items.length);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  const bad = ends.find((end) => end.status === 'rejected');
  if (bad !== undefined) throw bad.reason;
}

/** Whether all items pass, asked as {@link eachBounded} does; after the first that does not, no other is asked. */
export async function everyBounded<T>(
  items: readonly T[],
  passes: (item: T) => Promise<boolean>,
): Promise<boolean> {
  let all = true;
  await eachBounded(items, async (item) => {
    if (all && !(await passes(item))) all = false;
  });
  return all;
}
