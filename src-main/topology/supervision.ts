import { pause } from '../operations/pause.ts';
import { afterEnd, afterRestart, noRestarts } from '../processes/backoff.ts';
import type { DesiredState } from '../processes/desired-state.ts';
import { rotateLog } from '../processes/log-file.ts';
import type { RunningProcess } from '../processes/supervisor.ts';
import { ExclusiveLock } from '../workspace/exclusive-lock.ts';
import type { RestartNotes } from './restart-notes.ts';

export interface SupervisionContext {
  /** Held by the one console that watches; the kernel gives it to the next when that one dies. */
  readonly lockPath: string;
  readonly desired: Pick<DesiredState, 'of'>;
  readonly notes: RestartNotes;
  find(id: string): Promise<RunningProcess | undefined>;
  launch(id: string): Promise<void>;
  logPath(id: string): string;
  /** What is watched over now, in the order in which it starts; undefined: nothing here is the console's to watch. */
  names(): Promise<readonly string[] | undefined>;
  /** Once a round, by the one that watches. */
  tidy?(): Promise<void>;
  readonly now?: () => number;
  readonly everyMs?: number;
}

export interface Supervision {
  /** Ends watching; waits for what is under way. */
  end(): Promise<void>;
}

/** One look at one server or agent: an end is noted once, its restart happens when the delay is over. */
async function look(id: string, context: SupervisionContext, now: number): Promise<void> {
  const [running, desired, notes] = await Promise.all([
    context.find(id),
    context.desired.of(id),
    context.notes.read(),
  ]);
  const history = notes[id] ?? noRestarts;
  if (desired === 'stopped' || running !== undefined || history.givenUp) return;
  if (history.nextAt === undefined) {
    await context.notes.set(id, afterEnd(history, now));
    return;
  }
  if (now < history.nextAt) return;
  await context.notes.set(id, afterRestart(history));
  // A start that fails shows as one more end at the next look.
  await context.launch(id).catch(() => undefined);
}

async function watchOver(context: SupervisionContext, signal: AbortSignal): Promise<void> {
  const now = context.now ?? Date.now;
  const everyMs = context.everyMs ?? 1_000;
  let lock: ExclusiveLock | undefined;
  try {
    while (!signal.aborted) {
      const names = await context.names();
      if (names !== undefined) {
        lock ??= await ExclusiveLock.tryAcquire(context.lockPath, 'supervision');
        if (lock !== undefined) {
          await context.tidy?.();
          for (const id of names) {
            await look(id, context, now());
            await rotateLog(context.logPath(id));
          }
        }
      }
      await pause(lock === undefined ? everyMs * 5 : everyMs, signal);
    }
  } finally {
    lock?.release();
  }
}

/** Watches until it is told to end. A fault of one round (a full disk) does not end the watch. */
export function supervise(context: SupervisionContext): Supervision {
  const stop = new AbortController();
  const keepWatching = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await watchOver(context, stop.signal);
      } catch {
        await pause((context.everyMs ?? 1_000) * 5, stop.signal);
      }
    }
  };
  const watching = keepWatching();
  return {
    async end() {
      stop.abort();
      await watching;
    },
  };
}
