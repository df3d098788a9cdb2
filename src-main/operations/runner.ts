import type { Operation, OperationLog, StepState } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { toErrorData } from './error-data.ts';
import { faultPoint } from './fault-point.ts';
import type { Journal } from './journal.ts';
import { begun, needsNoStage, progressOf, withChoices } from './record.ts';
import { redactDeep } from './redact.ts';
import { FileStage } from './stage.ts';
import type { Run, Step } from './types.ts';

export interface RunnerOptions {
  readonly journal: Journal;
  readonly stageRoot: string;
  readonly now: () => number;
  readonly onOperation: (operation: Operation) => void;
  readonly onLog: (log: OperationLog) => void;
  /** Whether what stopped a step is over by itself in a moment, so that the step is worth another try. */
  readonly passes: (error: unknown) => boolean;
  /** Awaited before each step; what it throws ends the operation there. */
  readonly beforeStep: () => Promise<void>;
  /** Awaited before an operation is said to have ended: what it made is then known to whoever is told. */
  readonly beforeEnd: () => Promise<void>;
}

/** How often progress inside a step is told, milliseconds. */
const progressEvery = 100;

/** How often a step is tried when what stops it passes. */
const mostTries = 3;

/** One run over the steps of one operation, forwards or back. The journal is on the disk before and after each effect. */
export class Runner {
  #operation: Operation;
  #direction: 'forward' | 'back';
  #stepId: string | undefined;
  #within = 0;
  #told = 0;
  readonly #steps: readonly Step[];
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #options: RunnerOptions;
  #pausing = false;
  readonly #abort = new AbortController();
  readonly #stage: FileStage;

  constructor(
    operation: Operation,
    direction: 'forward' | 'back',
    steps: readonly Step[],
    secrets: Readonly<Record<string, string>>,
    options: RunnerOptions,
  ) {
    this.#operation = operation;
    this.#direction = direction;
    this.#steps = steps;
    this.#secrets = secrets;
    this.#options = options;
    this.#stage = new FileStage(options.stageRoot, operation.id);
  }

  get operation(): Operation {
    return this.#operation;
  }

  /** Stops at the next safe point: between two steps, or where a step honours its signal. */
  cancel(): void {
    this.#abort.abort();
  }

  /** Stops between two steps; the one that runs is brought to its end. */
  pause(): void {
    this.#pausing = true;
  }

  /** A line in the log of the operation, of no step. */
  note(text: Message): void {
    this.#log({ level: 'warn', message: text });
  }

  #show(change: Partial<Operation>): void {
    const next = { ...this.#operation, ...change };
    this.#operation = withChoices(
      { ...next, progress: progressOf(next, this.#steps, this.#within) },
      this.#direction,
    );
  }

  async #save(change: Partial<Operation>): Promise<void> {
    this.#show(change);
    await this.#options.journal.save(this.#operation, this.#direction);
    this.#options.onOperation(this.#operation);
  }

  #stateOf(step: Step): StepState | undefined {
    return this.#operation.steps.find(({ id }) => id === step.id)?.state;
  }

  #mark(id: string, state: StepState): Promise<void> {
    const now = this.#options.now();
    return this.#save({
      steps: this.#operation.steps.map((step) => {
        if (step.id !== id) return step;
        const began = state === 'running' || state === 'undoing';
        return { ...step, state, ...(began ? { startedAt: now } : { endedAt: now }) };
      }),
    });
  }

  #log(entry: Omit<OperationLog, 'operationId' | 'at'>): void {
    const log = redactDeep({
      ...entry,
      operationId: this.#operation.id,
      at: this.#options.now(),
      ...(this.#stepId === undefined ? {} : { stepId: this.#stepId }),
    });
    this.#options.onLog(log);
    // A line of the log that is lost in a crash is no loss; the steps are what counts.
    this.#options.journal.log(log).catch(() => undefined);
  }

  #run(): Run {
    return {
      operationId: this.#operation.id,
      signal: this.#abort.signal,
      stage: this.#stage,
      log: (text, level = 'info') => this.#log({ message: text, level }),
      progress: (fraction) => {
        this.#within = Math.max(0, Math.min(1, fraction));
        if (this.#options.now() - this.#told < progressEvery) return;
        this.#told = this.#options.now();
        this.#show({});
        this.#options.onOperation(this.#operation);
      },
      secret: (name) => {
        const value = this.#secrets[name];
        if (value === undefined) throw new ConsoleError('secret_missing', { name });
        return value;
      },
      prove: (proof) => {
        const proved = redactDeep({ ...proof, at: this.#options.now() });
        const same = JSON.stringify(proof.title);
        this.#show({
          proofs: [...this.#operation.proofs.filter(({ title }) => JSON.stringify(title) !== same), proved],
        });
      },
      changed: (what, before, after) => {
        const change = redactDeep({
          what,
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
        });
        this.#show({ changes: [...this.#operation.changes.filter((one) => one.what !== what), change] });
      },
    };
  }

  async #apply(step: Step): Promise<void> {
    const { kind } = this.#operation;
    // In an earlier try it may have got as far as its effect: what is there then is this operation's own.
    const ours = begun(this.#stateOf(step));
    this.#stepId = step.id;
    this.#within = 0;
    await this.#mark(step.id, 'running');
    await faultPoint(kind, step.id, 'before');
    const { there, tries } = await this.#tried(step, this.#run());
    await faultPoint(kind, step.id, 'after');
    await this.#mark(step.id, there && !ours && tries === 1 ? 'skipped' : 'done');
    await faultPoint(kind, step.id, 'journaled');
  }

  /** As a resume would: each try looks first whether the one before has had its effect. */
  async #tried(step: Step, run: Run): Promise<{ readonly there: boolean; readonly tries: number }> {
    for (let tries = 1; ; tries += 1)
      try {
        const there = await step.check(run);
        if (!there) await step.apply(run);
        return { there, tries };
      } catch (error) {
        if (tries >= mostTries || this.#abort.signal.aborted || !this.#options.passes(error)) throw error;
        const { code, params } = toErrorData(error);
        this.#log({ level: 'warn', message: message(`error.${code}.what`, params) });
        this.#log({ level: 'info', message: message('operation.again') });
      }
  }

  /** Runs what is not done yet. Answers the operation at rest; never throws for what a step does. */
  async forward(): Promise<Operation> {
    this.#direction = 'forward';
    await this.#resting({ state: 'running' });
    for (const step of this.#steps) {
      const state = this.#stateOf(step);
      if (state === 'done' || state === 'skipped') continue;
      if (this.#abort.signal.aborted) return this.#end('cancelled');
      if (this.#pausing) return this.#end('paused');
      try {
        await this.#options.beforeStep();
        await this.#apply(step);
      } catch (error) {
        return this.#stopped(step, error);
      }
    }
    const pending = this.#operation.proofs.some(({ outcome }) => outcome === 'pending');
    return this.#end(pending ? 'pending' : 'done');
  }

  /** Takes back every step that had begun, the last first. */
  async back(): Promise<Operation> {
    this.#direction = 'back';
    await this.#resting({ state: 'undoing' });
    for (const step of [...this.#steps].reverse()) {
      const state = this.#stateOf(step);
      if (!begun(state)) continue;
      this.#stepId = step.id;
      try {
        await this.#options.beforeStep();
        await this.#mark(step.id, 'undoing');
        await faultPoint('undo', step.id, 'before');
        await step.undo?.(this.#run());
        await faultPoint('undo', step.id, 'after');
        await this.#mark(step.id, 'undone');
      } catch (error) {
        return this.#stopped(step, error);
      }
    }
    return this.#end('undone');
  }

  /** A new try begins without the error of the one before. */
  async #resting(change: Partial<Operation>): Promise<void> {
    const fresh = { ...this.#operation };
    delete fresh.error;
    delete fresh.endedAt;
    this.#operation = fresh;
    await this.#save(change);
  }

  async #stopped(step: Step, error: unknown): Promise<Operation> {
    const data = toErrorData(error);
    const cancelled = this.#abort.signal.aborted && data.code === 'cancelled';
    await this.#mark(step.id, 'failed').catch(() => undefined);
    if (cancelled) return this.#end('cancelled');
    this.#log({ level: 'error', message: message(`error.${data.code}.what`, data.params) });
    return this.#end('failed', { error: { ...data, changed: this.#changedSoFar(data.changed) } });
  }

  /** "Nothing was changed" is true of the failing call only, not of an operation with finished steps. */
  #changedSoFar(said: ReturnType<typeof message>): ReturnType<typeof message> {
    const some = this.#operation.steps.some(({ state }) => state === 'done');
    return some && said.key === 'error.changed.nothing' ? message('error.changed.steps') : said;
  }

  async #end(state: Operation['state'], change: Partial<Operation> = {}): Promise<Operation> {
    this.#stepId = undefined;
    await this.#options.beforeEnd().catch(() => undefined);
    this.#show({ ...change, state, endedAt: this.#options.now() });
    await this.#options.journal.save(this.#operation, this.#direction);
    await faultPoint(this.#operation.kind, 'end', 'before');
    // Not before the journal calls it ended: until then it may be undone, and an undo needs what was staged. What a crash
    // or a full disk leaves here is cleared by the next recovery.
    if (needsNoStage(state)) await this.#stage.clear().catch(() => undefined);
    this.#options.onOperation(this.#operation);
    return this.#operation;
  }
}
