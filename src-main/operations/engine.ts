import { randomBytes } from 'node:crypto';
import type {
  Operation,
  OperationEvent,
  OperationLog,
  Plan,
  Precondition,
} from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { AuditDraft, AuditLog } from '../audit/audit-log.ts';
import { ExclusiveLock, readLockNote } from '../workspace/exclusive-lock.ts';
import { canonicalJson } from './canonical.ts';
import type { Claim, Claims } from './claims.ts';
import { OperationEvents } from './events.ts';
import { JournalFollower } from './journal-follower.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { toErrorData } from './error-data.ts';
import { preconditionUnmet } from './precondition-unmet.ts';
import { checkSteps, isUnderWay, needsNoStage, newOperation, planOf, withChoices } from './record.ts';
import { superseded, unfinishedBefore, unfinishedPrecondition } from './unfinished.ts';
import { Runner, type RunnerOptions } from './runner.ts';
import { clearStages } from './stage.ts';
import type { OperationDefinition, Prepared } from './types.ts';

export interface EngineOptions {
  readonly journal: Journal;
  readonly audit: AuditLog;
  readonly definitions: ReadonlyMap<string, OperationDefinition>;
  /** `secrets/.staging` */
  readonly stageRoot: string;
  /** `.console/operation.lock.db` */
  readonly lockPath: string;
  readonly now?: () => number;
  /** See {@link RunnerOptions}; nothing passes unless said. */
  readonly passes?: RunnerOptions['passes'];
  /** See {@link RunnerOptions.beforeEnd}. */
  readonly beforeEnd?: () => Promise<void>;
  /** What must be true before an operation of this kind begins, whatever its plan asks for itself. */
  readonly guard?: (kind: string) => Promise<readonly Precondition[]>;
  /** Keeps consoles of other hosts apart, which the lock does not. */
  readonly claims?: Claims;
}

export interface StartRequest {
  readonly kind: string;
  readonly input: unknown;
  readonly digest: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly typed?: string | undefined;
  readonly actor: string;
}

/** Who holds the lock while dead operations are looked for. */
const recovery = 'recover';

const outcomes: Partial<Record<Operation['state'], AuditDraft['outcome']>> = {
  done: 'done',
  pending: 'pending',
  failed: 'failed',
  cancelled: 'cancelled',
  paused: 'cancelled',
  undone: 'undone',
};

/** Makes the plan of an operation. No effect. Throws `operation_unknown`, `invalid_input`. */
export async function planOperation(
  definitions: ReadonlyMap<string, OperationDefinition>,
  kind: string,
  input: unknown,
): Promise<{ plan: Plan; prepared: Prepared; input: unknown }> {
  const definition = definitions.get(kind);
  if (definition === undefined) throw new ConsoleError('operation_unknown', { kind });
  const parsed = definition.input.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConsoleError('invalid_input', {
      field: issue?.path.join('.') ?? '',
      problem: issue?.message ?? '',
    });
  }
  const prepared = await definition.prepare(parsed.data);
  return { plan: planOf(kind, parsed.data, prepared), prepared, input: parsed.data };
}

function checkSecrets(prepared: Prepared, secrets: Readonly<Record<string, string>>): void {
  for (const { name, minLength } of prepared.secretInputs ?? [])
    if ((secrets[name] ?? '').length < minLength) throw new ConsoleError('secret_missing', { name });
}

function checkConfirmed(plan: Plan, request: StartRequest): void {
  if (plan.digest !== request.digest) throw new ConsoleError('plan_changed');
  const unmet = plan.preconditions.find(({ met }) => !met);
  if (unmet !== undefined) throw preconditionUnmet(unmet);
  if (plan.confirm.typed !== undefined && request.typed !== plan.confirm.typed)
    throw new ConsoleError('confirmation_wrong');
}

/** Plans, runs, resumes and undoes operations of one workspace: one at a time, across all processes. */
export class OperationEngine {
  readonly #options: EngineOptions;
  readonly #now: () => number;
  readonly #events = new OperationEvents();
  readonly #running = new Map<string, { readonly runner: Runner; readonly finished: Promise<Operation> }>();
  readonly #follower: JournalFollower;
  /** Operations of this process that the journal still takes for running, as they really ended. */
  readonly #unsaved = new Map<string, Operation>();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#follower = new JournalFollower(
      options.journal,
      this.#events,
      (id) => this.#running.has(id),
      () => this.recover(),
    );
  }

  /** The plan as it stands now; that another operation is under way is a precondition which is not met. */
  async plan(kind: string, input: unknown): Promise<Plan> {
    const [{ plan, prepared }, guarded, alone] = await Promise.all([
      planOperation(this.#options.definitions, kind, input),
      this.#guarded(kind),
      this.#alone(kind),
    ]);
    // After the look for others: one whose process has died is called interrupted by now.
    const { unmet } = await this.#earlier(kind, prepared);
    return { ...plan, preconditions: [...guarded, ...plan.preconditions, ...unmet, alone] };
  }

  /** What stopped half-way before and writes the same: what a new one has to wait for, or what it takes over. */
  async #earlier(
    kind: string,
    prepared: Prepared,
  ): Promise<{ readonly unmet: readonly Precondition[]; readonly taken: readonly JournalEntry[] }> {
    const { definitions, journal } = this.#options;
    const definition = definitions.get(kind);
    if (definition?.unfinished === undefined) return { unmet: [], taken: [] };
    const again = async (input: unknown): Promise<Prepared> =>
      (await planOperation(definitions, kind, input)).prepared;
    const found = await unfinishedBefore(prepared, await journal.resting(kind), again);
    return definition.unfinished === 'first'
      ? { unmet: [unfinishedPrecondition(found)], taken: [] }
      : { unmet: [], taken: found };
  }

  /** They can be neither resumed nor undone from now on, and what they staged is of no use. */
  async #takeOver(taken: readonly JournalEntry[], by: string): Promise<void> {
    for (const { operation, direction } of taken) {
      const record = superseded(operation, by);
      await this.#options.journal.save(record, direction);
      this.#unsaved.delete(operation.id);
      this.#follower.operation(record);
    }
    await clearStages(
      this.#options.stageRoot,
      taken.map(({ operation }) => operation.id),
    );
  }

  async #guarded(kind: string): Promise<readonly Precondition[]> {
    return (await this.#options.guard?.(kind)) ?? [];
  }

  /** Only for the eye: what keeps operations apart is the lock, and the claim. */
  async #alone(kind: string): Promise<Precondition> {
    const newest = await this.list(20).catch(() => []);
    const here = newest.find(isUnderWay);
    const detail =
      here === undefined
        ? await this.#options.claims?.other(kind)
        : message('operation.precondition.other', { actor: here.actor, kind: here.kind });
    const title = message('operation.precondition.alone');
    return detail === undefined
      ? { id: 'alone', title, met: true }
      : { id: 'alone', title, met: false, detail };
  }

  /**
   * Starts exactly the plan that was confirmed.
   * @throws `plan_changed`, `precondition_unmet`, `confirmation_wrong`, `secret_missing`, `operation_running`, `operation_elsewhere`
   */
  async start(request: StartRequest): Promise<Operation> {
    const lock = await this.#lock(`${request.actor}: ${request.kind}`);
    let claim: Claim | undefined;
    try {
      await this.#recoverLocked();
      // Under the lock: what another process did since the confirmation is in this plan, and nothing more can come.
      const { plan, prepared, input } = await planOperation(
        this.#options.definitions,
        request.kind,
        request.input,
      );
      const guarded = await this.#guarded(request.kind);
      const { unmet, taken } = await this.#earlier(request.kind, prepared);
      checkConfirmed({ ...plan, preconditions: [...guarded, ...plan.preconditions, ...unmet] }, request);
      checkSecrets(prepared, request.secrets);
      const id = `${new Date(this.#now()).toISOString().slice(0, 19).replace(/[-:T]/g, '')}-${randomBytes(4).toString('hex')}`;
      const operation = newOperation(id, plan, request.actor, this.#now());
      claim = await this.#options.claims?.take(operation, request.actor);
      await this.#options.journal.begin(operation, input);
      await this.#audit(operation, request.actor, 'started');
      await this.#takeOver(taken, id);
      return this.#run(
        new Runner(operation, 'forward', prepared.steps, request.secrets, this.#runnerOptions(claim)),
        { lock, claim },
        request.actor,
        'forward',
      );
    } catch (error) {
      await claim?.release();
      lock.release();
      throw error;
    }
  }

  resume(id: string, secrets: Readonly<Record<string, string>>, actor: string): Promise<Operation> {
    return this.#again(id, secrets, actor, 'forward');
  }

  undo(id: string, secrets: Readonly<Record<string, string>>, actor: string): Promise<Operation> {
    return this.#again(id, secrets, actor, 'back');
  }

  async #again(
    id: string,
    secrets: Readonly<Record<string, string>>,
    actor: string,
    direction: 'forward' | 'back',
  ): Promise<Operation> {
    const lock = await this.#lock(`${actor}: ${id}`);
    let claim: Claim | undefined;
    try {
      await this.#recoverLocked();
      const { operation, input } = await this.#options.journal.read(id);
      if (direction === 'forward' ? !operation.canResume : !operation.canUndo)
        throw new ConsoleError(direction === 'forward' ? 'cannot_resume' : 'cannot_undo', {
          state: operation.state,
        });
      const { prepared } = await planOperation(this.#options.definitions, operation.kind, input);
      checkSteps(operation, prepared.steps, direction);
      // Taking back needs what was staged, seldom what was typed; a step that does need it says so.
      if (direction === 'forward') checkSecrets(prepared, secrets);
      claim = await this.#options.claims?.take(operation, actor);
      await this.#audit(operation, actor, 'started', direction === 'forward' ? 'resume' : 'undo');
      return this.#run(
        new Runner(operation, direction, prepared.steps, secrets, this.#runnerOptions(claim)),
        { lock, claim },
        actor,
        direction,
      );
    } catch (error) {
      await claim?.release();
      lock.release();
      throw error;
    }
  }

  #runnerOptions(claim: Claim | undefined): RunnerOptions {
    return {
      journal: this.#options.journal,
      stageRoot: this.#options.stageRoot,
      now: this.#now,
      onOperation: (operation) => this.#follower.operation(operation),
      onLog: (log) => this.#follower.log(log),
      passes: this.#options.passes ?? (() => false),
      beforeStep: async () => claim?.hold(),
      beforeEnd: this.#options.beforeEnd ?? (async () => undefined),
    };
  }

  /** Sets the runner going and answers its record at once. */
  #run(
    runner: Runner,
    { lock, claim }: { readonly lock: ExclusiveLock; readonly claim: Claim | undefined },
    actor: string,
    direction: 'forward' | 'back',
  ): Operation {
    const { id } = runner.operation;
    const job = async (): Promise<Operation> => {
      try {
        if (claim?.note !== undefined) runner.note(claim.note);
        const way = direction === 'forward' ? runner.forward() : runner.back();
        const ended = await way.catch((error: unknown) => {
          // The journal could not be written to the end: whoever watches must not wait for ever.
          this.#cutOff(runner.operation, direction, error);
          throw error;
        });
        await this.#audit(ended, actor, outcomes[ended.state] ?? 'failed');
        return ended;
      } finally {
        await claim?.release();
        this.#running.delete(id);
        lock.release();
      }
    };
    const finished = job();
    // Whoever waits gets the error; nobody has to wait.
    finished.catch(() => undefined);
    this.#running.set(id, { runner, finished });
    return runner.operation;
  }

  #cutOff(operation: Operation, direction: 'forward' | 'back', error: unknown): void {
    const fields = { state: 'interrupted', endedAt: this.#now(), error: toErrorData(error) } as const;
    const record = withChoices({ ...operation, ...fields }, direction);
    this.#unsaved.set(operation.id, record);
    this.#follower.operation(record);
  }

  async #audit(
    operation: Operation,
    actor: string,
    outcome: AuditDraft['outcome'],
    how = 'run',
  ): Promise<void> {
    const details: AuditDraft['details'] = { operation: operation.id, plan: operation.planDigest, how };
    for (const { what, before, after } of operation.changes)
      details[what] = `${before ?? '-'} → ${after ?? '-'}`;
    if (operation.error !== undefined) details['error'] = operation.error.code;
    await this.#options.audit.append({
      actor,
      action: operation.kind,
      target: operation.id,
      outcome,
      details,
    });
  }

  async #lock(holder: string): Promise<ExclusiveLock> {
    const { lockPath } = this.#options;
    const lock = await ExclusiveLock.tryAcquire(lockPath, holder);
    if (lock !== undefined) return lock;
    const note = await readLockNote(lockPath);
    const mine = [...this.#running.values()];
    // A look at the journal takes an instant and is no operation; who has just begun has left no note yet. Nor is one an operation
    // of this very console that has ended and is being written to the audit log.
    const ending = note?.pid === process.pid && mine.length > 0;
    const passing = note === undefined || note.holder === recovery;
    const patient = passing || (ending && mine.every(({ runner }) => !isUnderWay(runner.operation)));
    // Whoever only asks whether it is held keeps others out for that moment, and the note is then of somebody who went long ago.
    const late = await ExclusiveLock.within(lockPath, holder, patient ? 2000 : 300);
    if (late !== undefined) return late;
    const holding = await readLockNote(lockPath);
    throw new ConsoleError('operation_running', { holder: holding?.holder ?? '?', pid: holding?.pid ?? 0 });
  }

  /** Operations whose process has died become `interrupted`. Whoever can take the lock knows that nobody runs any. */
  async recover(): Promise<void> {
    const lock = await ExclusiveLock.tryAcquire(this.#options.lockPath, recovery);
    if (lock === undefined) return;
    try {
      await this.#recoverLocked();
    } finally {
      lock.release();
    }
  }

  async #recoverLocked(): Promise<void> {
    const entries = await this.#options.journal.list(500);
    const ended = entries.filter(
      ({ operation }) => needsNoStage(operation.state) || operation.supersededBy !== undefined,
    );
    await clearStages(
      this.#options.stageRoot,
      ended.map(({ operation }) => operation.id),
    );
    for (const { operation, direction } of entries) {
      if (!isUnderWay(operation)) continue;
      const way = operation.state === 'undoing' ? 'back' : direction;
      const interrupted =
        this.#unsaved.get(operation.id) ??
        withChoices({ ...operation, state: 'interrupted', endedAt: this.#now() }, way);
      await this.#options.journal.save(interrupted, way);
      this.#unsaved.delete(operation.id);
      await this.#audit(interrupted, operation.actor, 'interrupted');
    }
  }

  async cancel(id: string): Promise<Operation> {
    const running = this.#running.get(id);
    if (running === undefined || !running.runner.operation.canCancel) throw new ConsoleError('cannot_cancel');
    running.runner.cancel();
    return running.runner.operation;
  }

  /** Lets the running step end, and stops before the next one. Throws `cannot_cancel`. */
  async pause(id: string): Promise<Operation> {
    const running = this.#running.get(id);
    if (running === undefined || !running.runner.operation.canCancel) throw new ConsoleError('cannot_cancel');
    running.runner.pause();
    return running.runner.operation;
  }

  async list(limit: number): Promise<Operation[]> {
    const entries = await this.#settled(() => this.#options.journal.list(limit));
    return entries.map((entry) => this.#current(entry));
  }

  #current(entry: JournalEntry): Operation {
    const { id } = entry.operation;
    return this.#running.get(id)?.runner.operation ?? this.#unsaved.get(id) ?? entry.operation;
  }

  /** What the journal says, once operations whose process has died are no longer called running. */
  async #settled(read: () => Promise<JournalEntry[]>): Promise<JournalEntry[]> {
    const entries = await read();
    const elsewhere = entries.some(
      ({ operation }) => isUnderWay(operation) && !this.#running.has(operation.id),
    );
    if (!elsewhere) return entries;
    // A store that cannot be written can still be read.
    await this.recover().catch(() => undefined);
    return read();
  }

  async show(id: string): Promise<{ operation: Operation; logs: OperationLog[] }> {
    const [entry] = await this.#settled(async () => [await this.#options.journal.read(id)]);
    if (entry === undefined) throw new ConsoleError('not_found', { what: 'operation', name: id });
    return { operation: this.#current(entry), logs: await this.#options.journal.logs(id) };
  }

  /** The operation at rest; for hosts that wait. */
  async waitFor(id: string): Promise<Operation> {
    return (await this.#running.get(id)?.finished) ?? (await this.show(id)).operation;
  }

  /** The records now, then every change and log line until the signal; also of operations that another process runs. */
  async *watch(id: string | undefined, signal: AbortSignal): AsyncIterable<OperationEvent> {
    const live = this.#events.watch(signal);
    try {
      this.#follower.start();
      const { operations, logs } = await this.#present(id);
      for (const operation of operations) yield { type: 'operation', operation };
      for (const log of logs) yield { type: 'log', log };
      // Lines written while the journal was read come both ways.
      const shown = new Set(logs.map(canonicalJson));
      for await (const event of live.events) {
        const about = event.type === 'operation' ? event.operation.id : event.log.operationId;
        if (id !== undefined && about !== id) continue;
        if (event.type === 'log' && shown.delete(canonicalJson(event.log))) continue;
        yield event;
      }
    } finally {
      live.close();
    }
  }

  /** What a watcher begins with, the oldest operation first; log lines only of one that was named. */
  async #present(id: string | undefined): Promise<{ operations: Operation[]; logs: OperationLog[] }> {
    if (id === undefined) return { operations: (await this.list(100)).reverse(), logs: [] };
    const { operation, logs } = await this.show(id);
    return { operations: [operation], logs };
  }

  /** Cancels what runs and waits for its safe point. */
  async close(): Promise<void> {
    this.#follower.stop();
    for (const { runner } of this.#running.values()) runner.cancel();
    await Promise.allSettled([...this.#running.values()].map(({ finished }) => finished));
  }
}
