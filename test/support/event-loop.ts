import { monitorEventLoopDelay } from 'node:perf_hooks';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

async function stall(body: () => Promise<void>): Promise<number> {
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

/**
 * The longest time, in milliseconds, that nothing else could happen in this thread while `body` ran. Where that is more than
 * `limit` it is run again, up to three times: a busy machine also holds a thread up, but what the body does itself it does each time.
 */
export async function longestStall(limit: number, body: () => Promise<void>): Promise<number> {
  let shortest = Infinity;
  for (let round = 0; round < 3 && shortest > limit; round += 1)
    shortest = Math.min(shortest, await stall(body));
  return shortest;
}
