import type { Need } from '../../shared/contract/home.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { needsOf } from '../home/needs.ts';
import { ExclusiveLock, readLockNote } from '../workspace/exclusive-lock.ts';
import { writeAlarmNote } from './alarm-note.ts';
import { checkAlarms, watchAlarms } from './alarms.ts';
import type { Checks } from './checks/checks.ts';
import { runCheck, type CheckWorld } from './checks/run-check.ts';
import type { History } from './history/history.ts';
import type { Recorder } from './history/recorder.ts';
import type { Picture } from './picture.ts';
import type { SettingsStore } from './settings.ts';

export interface MonitorDeps {
  readonly picture: () => Promise<Picture>;
  readonly checks: Checks;
  readonly world: CheckWorld;
  readonly history: History;
  readonly recorder: Recorder;
  /** Tells people; answers how many notifications were sent. */
  readonly tell: (needs: readonly Need[]) => Promise<number>;
  readonly settings: SettingsStore;
  /** Held by the one process that watches. */
  readonly lockPath: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Ends early, without throwing, when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What one look found and did. */
export interface Tick {
  readonly at: number;
  readonly alarms: number;
  /** Checks that ran. */
  readonly checks: string[];
  /** Notifications that were sent. */
  readonly sent: number;
}

export const tickMs = 60_000;
/** Opening an installation comes first. */
const firstMs = 15_000;

/** Whether somebody watches now. */
export async function watched(lockPath: string): Promise<boolean> {
  const lock = await ExclusiveLock.tryAcquire(lockPath, 'look');
  lock?.release();
  return lock === undefined;
}

/** Looks at an installation every minute: checks that are due, alarms, history, notifications. One process at a time does. */
export class Monitor {
  readonly #deps: MonitorDeps;

  constructor(deps: MonitorDeps) {
    this.#deps = deps;
  }

  /** One look. What a part of it throws keeps the rest from nothing but itself. */
  async tick(signal: AbortSignal): Promise<Tick> {
    const { checks, world, picture, history, recorder, tell, settings, now } = this.#deps;
    const ran: string[] = [];
    for (const { id, kind } of await checks.due()) {
      if (signal.aborted) break;
      await checks.record(id, await runCheck(kind, world, signal));
      ran.push(id);
    }
    const seen = await picture();
    const found = watchAlarms(seen);
    await writeAlarmNote(settings, { at: now(), ms: seen.ms, alarms: found });
    await history.record(seen.facts.at, recorder.values(seen));
    const alarms = [...checkAlarms(await checks.views()), ...found];
    const needs = needsOf({ ...seen.facts, alarms });
    const sent = await tell(needs);
    return { at: seen.facts.at, alarms: alarms.length, checks: ran, sent };
  }

  /** Looks until the signal. Throws `monitor_running` when another process does. */
  async *watch(signal: AbortSignal, once: boolean): AsyncGenerator<Tick> {
    const { lockPath, sleep } = this.#deps;
    const lock = await ExclusiveLock.tryAcquire(lockPath, 'monitor');
    if (lock === undefined) {
      const note = await readLockNote(lockPath);
      throw new ConsoleError('monitor_running', { pid: note?.pid ?? 0 });
    }
    try {
      do {
        yield await this.tick(signal);
        if (!once) await sleep(tickMs, signal);
      } while (!once && !signal.aborted);
    } finally {
      lock.release();
    }
  }

  /** Watches whenever nobody else does, until the signal. For hosts that are open anyway. */
  async background(signal: AbortSignal): Promise<void> {
    const { sleep } = this.#deps;
    await sleep(firstMs, signal);
    while (!signal.aborted) {
      try {
        const ticks = this.watch(signal, false);
        while ((await ticks.next()).done !== true);
      } catch {
        // Somebody else watches, or one look failed: what it looks at says so on Home.
      }
      await sleep(tickMs, signal);
    }
  }
}
