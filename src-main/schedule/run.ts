import { ConsoleError } from '../../shared/errors.ts';
import { pause } from '../operations/pause.ts';
import { ExclusiveLock, readLockNote } from '../workspace/exclusive-lock.ts';
import { Scheduler, type Engine, type Ran } from './scheduler.ts';
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
/** One that ends now gives it up in a moment. */
async function take(options: RunSchedulesOptions): Promise<ExclusiveLock> {
  const { lockPath, actor } = options;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const lock = await ExclusiveLock.tryAcquire(lockPath, actor);
    if (lock !== undefined) return lock;
    await pause(100, options.signal);
  }
  const note = await readLockNote(lockPath);
  throw new ConsoleError('scheduler_running', { holder: note?.holder ?? '', pid: note?.pid ?? 0 });
}

/** One scheduler a work directory, in whatever process: yields what ran, as it ends. Throws `scheduler_running`. */
export async function* runSchedules(options: RunSchedulesOptions): AsyncGenerator<Ran> {
  const { schedules, engine, once, now, signal } = options;
  const lock = await take(options);
  const scheduler = new Scheduler({ schedules, engine, now, sleep: pause });
  try {
    if (once) {
      await scheduler.settle();
      yield* scheduler.runDue(signal);
    } else yield* scheduler.run(signal);
  } finally {
    lock.release();
  }
}
