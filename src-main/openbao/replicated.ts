import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds before each further question; what the leader wrote reaches a standby long before their sum. */
const waits = [25, 75, 200, 500, 1_000];

/**
 * Asks until what was just written shows. A standby of a cluster answers a login from its own copy, which may be some
 * milliseconds behind the leader that took the write.
 * @param shows whether the answer is that of after the write
 * @returns what it was in the end
 */
export async function untilReplicated(shows: () => Promise<boolean>): Promise<boolean> {
  for (const wait of waits) {
    if (await shows()) return true;
    await pause(wait);
  }
  return shows();
}
