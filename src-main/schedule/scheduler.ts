import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { ScheduleRun } from '../../shared/contract/schedules.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { toErrorData } from '../operations/error-data.ts';
import { lastMoment, nextMoment } from './calendar.ts';
import type { Schedules, StoredSchedule } from './schedules.ts';

/** The part of the engine that runs a schedule: the same plan, journal, lock and audit as for an operator. */
export interface Engine {
  plan(kind: string, input: unknown): Promise<Plan>;
  start(request: {
    readonly kind: string;
    readonly input: unknown;
    readonly digest: string;
    readonly secrets: Readonly<Record<string, string>>;
    readonly actor: string;
  }): Promise<Operation>;
  resume(id: string, secrets: Readonly<Record<string, string>>, actor: string): Promise<Operation>;
  waitFor(id: string): Promise<Operation>;
  show(id: string): Promise<{ readonly operation: Operation }>;
}

export interface SchedulerDeps {
  readonly schedules: Schedules;
  readonly engine: Engine;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Ends early, without throwing, when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One schedule and what became of its run. */
export interface Ran {
  readonly id: string;
  readonly run: ScheduleRun;
}

/** Never longer, so that a clock that was set or a schedule that was saved is noticed. */
const longestSleepMs = 30_000;
/** How long a schedule waits for an operation of somebody else. */
const patienceMs = 15 * 60_000;
const pollMs = 5_000;

/** Plans that need a word or a secret from an operator cannot run alone. Throws `schedule_needs_operator`. */
export function checkUnattended(plan: Plan): void {
  if (plan.confirm.typed !== undefined || plan.secretInputs.length > 0)
    throw new ConsoleError('schedule_needs_operator', { kind: plan.kind });
}

/** Runs what is due, one after the other; a moment that was missed is caught up once, however many there were. */
export class Scheduler {
  readonly #deps: SchedulerDeps;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  async #due(schedule: StoredSchedule): Promise<number | undefined> {
    if (!schedule.enabled) return undefined;
    const handled = (await this.#deps.schedules.lastRun(schedule.id))?.dueAt ?? 0;
    return lastMoment(schedule, Math.max(schedule.savedAt, handled), this.#deps.now());
  }

  /** Another operation may be under way in a window: it is waited for, not disturbed. */
  async #start(schedule: StoredSchedule, signal: AbortSignal): Promise<Operation> {
    const { engine, now, sleep } = this.#deps;
    const until = now() + patienceMs;
    let resumed = false;
    for (;;) {
      const plan = await engine.plan(schedule.kind, schedule.input);
      checkUnattended(plan);
      const busy = plan.preconditions.some(({ id, met }) => id === 'alone' && !met);
      try {
        if (!busy && !resumed && (await this.#finishEarlier(schedule, plan))) {
          resumed = true;
          continue;
        }
        if (!busy || now() >= until)
          return await engine.start({
            kind: schedule.kind,
            input: schedule.input,
            digest: plan.digest,
            secrets: {},
            actor: `schedule ${schedule.id}`,
          });
      } catch (error) {
        const busy =
          isConsoleError(error, 'operation_running') || isConsoleError(error, 'operation_elsewhere');
        if (!busy || now() >= until) throw error;
      }
      await sleep(pollMs, signal);
      if (signal.aborted) throw new ConsoleError('cancelled');
    }
  }

  /**
   * One that broke off half-way and has to come first is resumed: at night nobody else would, and credentials run out. One that somebody
   * stopped is left to him, and the plan says so. Answers whether there was one to resume.
   */
  async #finishEarlier({ id: schedule }: StoredSchedule, { preconditions }: Plan): Promise<boolean> {
    const { engine } = this.#deps;
    const id = preconditions.find((one) => one.id === 'unfinished' && !one.met)?.detail?.params?.[
      'operation'
    ];
    if (typeof id !== 'string') return false;
    const { operation } = await engine.show(id);
    if (!operation.canResume || (operation.state !== 'interrupted' && operation.state !== 'failed'))
      return false;
    await engine.waitFor((await engine.resume(id, {}, `schedule ${schedule}`)).id);
    return true;
  }

  async #run(schedule: StoredSchedule, dueAt: number, signal: AbortSignal): Promise<Ran> {
    const { schedules, engine, now } = this.#deps;
    const base = { dueAt, at: now() };
    // Before the first effect: after a crash the operation is resumed or undone by its journal, and not begun a second time.
    await schedules.record(schedule.id, { ...base, outcome: 'running' });
    let run: ScheduleRun;
    try {
      const started = await this.#start(schedule, signal);
      await schedules.record(schedule.id, { ...base, outcome: 'running', operationId: started.id });
      const { id, state, error } = await engine.waitFor(started.id);
      run = {
        ...base,
        outcome: state === 'done' ? 'done' : state === 'pending' ? 'pending' : 'failed',
        operationId: id,
        ...(error === undefined ? {} : { error }),
      };
    } catch (error) {
      run = { ...base, outcome: 'refused', error: toErrorData(error) };
    }
    await schedules.record(schedule.id, run);
    return { id: schedule.id, run };
  }

  /** Runs everything that is due now; what ran, as it ends. */
  async *runDue(signal: AbortSignal): AsyncGenerator<Ran> {
    for (const schedule of await this.#deps.schedules.all()) {
      if (signal.aborted) break;
      const due = await this.#due(schedule);
      if (due === undefined) continue;
      yield await this.#run(schedule, due, signal);
    }
  }

  /** What a scheduler that died left behind: its operation is in the journal, and Home offers to resume or undo it. */
  async settle(): Promise<void> {
    const { schedules } = this.#deps;
    for (const { id } of await schedules.all()) {
      const last = await schedules.lastRun(id);
      if (last?.outcome !== 'running') continue;
      const error = toErrorData(new ConsoleError('schedule_interrupted', { id }));
      await schedules.record(id, { ...last, outcome: 'failed', error });
    }
  }

  /** Until the signal; an operation that runs is brought to its end first. */
  async *run(signal: AbortSignal): AsyncGenerator<Ran> {
    const { schedules, now, sleep } = this.#deps;
    await this.settle();
    while (!signal.aborted) {
      yield* this.runDue(signal);
      const moments = (await schedules.all())
        .filter(({ enabled }) => enabled)
        .flatMap((schedule) => nextMoment(schedule, now()) ?? []);
      const wait = Math.min(longestSleepMs, ...moments.map((at) => Math.max(0, at - now())));
      await sleep(wait, signal);
    }
  }
}
