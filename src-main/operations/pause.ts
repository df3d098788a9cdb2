import { setTimeout as wait } from 'node:timers/promises';

/** Waits so many milliseconds, or until the signal comes; either way without an error. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
