import type { ScheduleRun } from '../../shared/contract/schedules.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { ExclusiveLock, readLockNote } from '../workspace/exclusive-lock.ts';
import { Scheduler, type Engine } from './scheduler.ts';
import type { Schedules } from './schedules.ts';

export interface RunSchedulesOptions {
  readonly schedules: Schedules;
  readonly engine: Engine;
  readonly lockPath: string;
  readonly actor: string;
  readonly once: boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const tries = 5;
const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) end();
  });

/** Somebody may look at the lock for an instant only. */
async function take({ lockPath, actor }: RunSchedulesOptions): Promise<ExclusiveLock> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const lock = await ExclusiveLock.tryAcquire(lockPath, actor);
    if (lock !== undefined) return lock;
    await pause(100);
  }
  const note = await readLockNote(lockPath);
  throw new ConsoleError('scheduler_running', { holder: note?.holder ?? '', pid: note?.pid ?? 0 });
}

/** Whether a scheduler runs now. */
export async function schedulerRuns(lockPath: string): Promise<boolean> {
  const lock = await ExclusiveLock.tryAcquire(lockPath, 'look');
  lock?.release();
  return lock === undefined;
}

/** One scheduler a work directory, in whatever process: yields what ran, as it ends. Throws `scheduler_running`. */
export async function* runSchedules(
  options: RunSchedulesOptions,
): AsyncGenerator<{ readonly id: string; readonly run: ScheduleRun }> {
  const { schedules, engine, once, now, signal } = options;
  const lock = await take(options);
  const ran: { id: string; run: ScheduleRun }[] = [];
  let wake: () => void = () => undefined;
  const scheduler = new Scheduler({
    schedules,
    engine,
    now,
    sleep: pause,
    told: ({ id }, run) => {
      ran.push({ id, run });
      wake();
    },
  });
  try {
    let ended = false;
    const work = (once ? scheduler.settle().then(() => scheduler.runDue(signal)) : scheduler.run(signal))
      .then(() => undefined)
      .finally(() => {
        ended = true;
        wake();
      });
    // Awaited below, when everything that ran has been told.
    work.catch(() => undefined);
    for (;;) {
      for (let next = ran.shift(); next !== undefined; next = ran.shift()) yield next;
      // What ends between the two lines above and here has been noted, for nothing runs in between.
      if (ended) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await work;
  } finally {
    lock.release();
  }
}
