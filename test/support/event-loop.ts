import { monitorEventLoopDelay } from 'node:perf_hooks';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

/** The longest time, in milliseconds, that nothing else could happen in this thread while `body` ran. */
export async function longestStall(body: () => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  // What is measured lies between two turns: one has to be before the body, one behind it.
  await pause();
  delay.reset();
  await body();
  await pause();
  delay.disable();
  return delay.max / 1e6;
}
