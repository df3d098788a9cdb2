import type { Operation } from '../../shared/contract/operations.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';
import {
  disturbTrust,
  Lost,
  RotationWorld,
  valueOf,
  type Held,
  type Rotated,
} from '../support/rotation-world.ts';
import { runKillable } from './killable.ts';
import { seededRandom, type Random } from './random.ts';

export interface SoakOptions {
  readonly kills: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}

export interface SoakResult {
  readonly kills: number;
  /** How each kill was answered; together as many as kills. */
  readonly resumed: number;
  readonly undone: number;
  /** What did not hold afterwards. */
  readonly lost: readonly string[];
}

const services = ['edge', 'inner'];
const rotations: readonly { readonly target: Rotated; readonly words: readonly string[] }[] = [
  { target: 'stepca-password', words: [] },
  { target: 'db', words: [] },
  { target: 'responder-hmac', words: [] },
  { target: 'approle-secret-id', words: ['--all-services'] },
  { target: 'trust-sync', words: [] },
  { target: 'force-reissue', words: ['--all-services'] },
  { target: 'console-credentials', words: [] },
];
/** How often whoever resumes or undoes is killed too. */
const againProbability = 0.3;

/** One installation that is rotated, killed and mended over and over. */
class Soak {
  readonly #options: SoakOptions;
  readonly #stack: Installation;
  readonly #inner: InnerConsole;
  readonly #random: Random;
  readonly #world: RotationWorld;
  /** How long the work of an undisturbed rotation takes here and now, milliseconds. */
  readonly #usualMs = new Map<Rotated, number>();
  readonly #counts = { kills: 0, resume: 0, undo: 0 };
  readonly #lost: string[] = [];

  constructor(options: SoakOptions, stack: Installation, inner: InnerConsole) {
    this.#options = options;
    this.#stack = stack;
    this.#inner = inner;
    this.#random = seededRandom(options.seed);
    this.#world = new RotationWorld(() => inner.console.required());
  }

  get result(): SoakResult {
    const { kills, resume, undo } = this.#counts;
    return { kills, resumed: resume, undone: undo, lost: this.#lost };
  }

  async run(): Promise<SoakResult> {
    for (const { target, words } of rotations) await this.#measure(target, words);
    let held = await this.#world.whole();
    const { kills } = this.#options;
    for (let round = 1; this.#counts.kills < kills && round < 4 * kills + 20; round += 1) {
      const { target, words } = this.#random.pick(rotations);
      try {
        held = await this.#round(target, words, held);
      } catch (error) {
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#lost.push(`${target}: ${reason}`);
        this.#options.report(`LOST in round ${String(round)}, ${target}: ${reason}`);
        // What follows would only find the same again.
        break;
      }
    }
    return this.result;
  }

  async #measure(target: Rotated, words: readonly string[]): Promise<void> {
    const ended = await runKillable(this.#stack.paths.root, ['rotate', target, ...words]);
    if (ended.code !== 0) throw new Error(`${target}: ${ended.output}`);
    this.#usualMs.set(target, ended.workedMs ?? 500);
  }

  /** An instant between the first step and the last. */
  #instant(target: Rotated): number {
    return Math.floor(this.#random.next() * 0.95 * (this.#usualMs.get(target) ?? 500));
  }

  async #newest(): Promise<Operation | undefined> {
    return (await this.#inner.console.required().engine.list(1))[0];
  }

  async #round(target: Rotated, words: readonly string[], held: Held): Promise<Held> {
    const before =
      target === 'trust-sync' ? await disturbTrust(this.#inner.console.required(), this.#world) : held;
    const last = await this.#newest();
    const begun = Date.now();
    const ended = await runKillable(
      this.#stack.paths.root,
      ['rotate', target, ...words],
      this.#instant(target),
    );
    const operation = await this.#newest();
    // It ended before the kill, or the kill came after the end.
    if (operation === undefined || operation.id === last?.id || operation.state !== 'interrupted') {
      if (ended.signal !== 'SIGKILL' && ended.code !== 0) throw new Lost(ended.output);
      return this.#world.whole();
    }
    const chosen = await this.#world.staged(target, operation);
    const at = operation.steps.find(({ state }) => state === 'running')?.id ?? 'between steps';
    this.#counts.kills += 1;
    const way = await this.#mend(operation, target);
    const after = await this.#world.whole();
    await this.#compare(target, way, { before, after, chosen });
    const { kills } = this.#counts;
    this.#options.report(
      `${String(kills).padStart(4)} ${target.padEnd(20)} at ${at.padEnd(14)} ${way} ${String(Date.now() - begun)} ms`,
    );
    return after;
  }

  /** Resumes or undoes until the operation rests; whoever does it may be killed as well. */
  async #mend(broken: Operation, target: Rotated): Promise<'resume' | 'undo'> {
    let operation = broken;
    for (;;) {
      const ways = [
        ...(operation.canResume ? (['resume'] as const) : []),
        ...(operation.canUndo ? (['undo'] as const) : []),
      ];
      if (ways.length === 0) throw new Lost(`${operation.state}: no way out`);
      const way = this.#random.pick(ways);
      this.#counts[way] += 1;
      if (this.#random.chance(againProbability) && this.#counts.kills < this.#options.kills) {
        await runKillable(this.#stack.paths.root, ['operations', way, operation.id], this.#instant(target));
      } else {
        await this.#inner.call(`operations.${way}`, { id: operation.id });
        await this.#inner.console.required().engine.waitFor(operation.id);
      }
      operation = (await this.#inner.console.required().engine.show(operation.id)).operation;
      if (operation.state === 'interrupted') {
        this.#counts.kills += 1;
        continue;
      }
      if (!['done', 'pending', 'undone'].includes(operation.state))
        throw new Lost(`${way} ended ${operation.state}: ${JSON.stringify(operation.error)}`);
      return operation.state === 'undone' ? 'undo' : 'resume';
    }
  }

  async #compare(
    target: Rotated,
    way: 'resume' | 'undo',
    { before, after, chosen }: { before: Held; after: Held; chosen: string | undefined },
  ): Promise<void> {
    const [old, now] = [valueOf(target, before), valueOf(target, after)];
    if (way === 'undo') {
      if (now !== old) throw new Lost(`${target}: undone, but not what it was`);
      if (chosen !== undefined && (await this.#world.accepts(target, chosen, after)))
        throw new Lost(`${target}: undone, but the new value is accepted`);
      return;
    }
    if (now === old) throw new Lost(`${target}: resumed, but nothing changed`);
    if (chosen !== undefined && now !== chosen) throw new Lost(`${target}: the crash made a second value`);
    if (await this.#world.accepts(target, old, after))
      throw new Lost(`${target}: resumed, but the old value is accepted`);
  }
}

/** Rotates at random, kills the console at random instants, and proves after each that nothing was lost. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const stack = await installation();
  try {
    for (const name of services) await stack.must(['service', 'add', name]);
    return await new Soak(options, stack, await stack.open('cli')).run();
  } finally {
    await stack.stop();
  }
}
