import type { Operation } from '../../shared/contract/operations.ts';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';
import { servePostgresTls } from '../support/postgres-tls.ts';
import {
  disturbTrust,
  Lost,
  RotationWorld,
  valueOf,
  type Held,
  type Rotated,
} from '../support/rotation-world.ts';
import { runKillable, type Ended } from './killable.ts';
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
/** On another host: what it is given waits in OpenBao, and each rotation that concerns it ends pending. */
const remote = ['far', '--delivery-mode', 'remote-bootstrap', '--hostname', 'far-node'];

interface Rotation {
  readonly target: Rotated;
  readonly words: readonly string[];
}
const rotations: readonly Rotation[] = [
  { target: 'stepca-password', words: [] },
  { target: 'db', words: [] },
  { target: 'responder-hmac', words: [] },
  { target: 'approle-secret-id', words: ['--all-services'] },
  { target: 'trust-sync', words: [] },
  { target: 'force-reissue', words: services },
  { target: 'console-credentials', words: [] },
  { target: 'eab', words: [] },
  { target: 'acme-account-key', words: [] },
  { target: 'infra-tls', words: [] },
  { target: 'openbao-recovery', words: ['--rotate-unseal-keys'] },
  { target: 'ca-key', words: [] },
];
/** What may not begin while two generations of the CA are trusted. */
const keptBack: ReadonlySet<Rotated> = new Set(['stepca-password', 'trust-sync']);
/** Stops behind the next phase of a rotation of the CA keys. The host elsewhere does not follow in this test. */
const nextPhase: Readonly<Record<CaKeyBoard['stage'], readonly string[]>> = {
  idle: ['--skip', 'switch'],
  preparing: ['--skip', 'switch'],
  published: ['--skip', 'reissue', '--force'],
  switched: ['--skip', 'finalize', '--force'],
  reissued: ['--force'],
};
/** How often whoever resumes or undoes is killed too. */
const againProbability = 0.3;
/** How often a rotation of the CA keys is given up where that is possible. */
const abortProbability = 0.25;
/** What is in force is tried after each kill of these. */
const proved: ReadonlySet<Rotated> = new Set(['openbao-recovery', 'acme-account-key', 'infra-tls']);
/** Done, or pending with another host. */
const good: ReadonlySet<number | null> = new Set([0, 4]);

const stepOf = ({ steps }: Operation): string =>
  steps.find(({ state }) => state === 'running' || state === 'undoing')?.id ?? 'between steps';
const keysIn = (all: string): string[] => all.split(/\n(?=-----BEGIN)/);

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
  #pair = { eab_kid: '', eab_hmac: '' };
  /** What was done in this round, for whoever reads of a loss. */
  #story: string[] = [];

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
    let held = await this.#world.whole();
    const { kills } = this.#options;
    for (let round = 1; this.#counts.kills < kills && round < 4 * kills + 20; round += 1) {
      const { target, words } = await this.#next();
      this.#story = [];
      try {
        if (!this.#usualMs.has(target)) held = await this.#measure(target, words);
        held = await this.#round(target, words, held);
      } catch (error) {
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        const story = this.#story.join(' → ');
        this.#lost.push(`${target}: ${reason}`);
        this.#options.report(`LOST in round ${String(round)}, ${target} (${story}): ${reason}`);
        // What follows would only find the same again.
        break;
      }
    }
    return this.result;
  }

  /** What has to wait for the CA keys lets them go on instead. */
  async #next(): Promise<Rotation> {
    const picked = this.#random.pick(rotations);
    if (!keptBack.has(picked.target)) return picked;
    const { stage } = await this.#inner.call<CaKeyBoard>('rotationCaKey.board');
    return stage === 'idle' ? picked : { target: 'ca-key', words: [] };
  }

  async #measure(target: Rotated, words: readonly string[]): Promise<Held> {
    const ended = await this.#rotate(target, words);
    if (!good.has(ended.code)) throw new Lost(ended.output);
    this.#usualMs.set(target, ended.workedMs ?? 500);
    return this.#world.whole();
  }

  /** The pair of the day for the external account binding; the same for whoever resumes. */
  #newPair(): void {
    const hmac = Buffer.from(Array.from({ length: 32 }, () => Math.floor(this.#random.next() * 256)));
    this.#pair = {
      eab_kid: `kid-${this.#random.next().toString(36).slice(2)}`,
      eab_hmac: hmac.toString('base64url'),
    };
  }

  async #rotate(target: Rotated, words: readonly string[], killAfterMs?: number): Promise<Ended> {
    if (target === 'eab') this.#newPair();
    const more = target === 'ca-key' ? await this.#caKeyWords() : words;
    this.#story.push(`rotate ${target} ${more.join(' ')}`);
    return runKillable(this.#stack.paths.root, ['rotate', target, ...more], killAfterMs, this.#environment());
  }

  #environment(): Record<string, string> {
    return { EAB_KID: this.#pair.eab_kid, EAB_HMAC: this.#pair.eab_hmac };
  }

  async #caKeyWords(): Promise<readonly string[]> {
    const { stage } = await this.#inner.call<CaKeyBoard>('rotationCaKey.board');
    return stage !== 'idle' && this.#random.chance(abortProbability) ? ['abort'] : nextPhase[stage];
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
    const ended = await this.#rotate(target, words, this.#instant(target));
    const operation = await this.#newest();
    // It ended before the kill, or the kill came after the end.
    if (operation === undefined || operation.id === last?.id || operation.state !== 'interrupted') {
      if (ended.signal !== 'SIGKILL' && !good.has(ended.code)) throw new Lost(ended.output);
      return this.#world.whole();
    }
    const { eab_kid, eab_hmac } = this.#pair;
    const chosen = target === 'eab' ? `${eab_kid}:${eab_hmac}` : await this.#world.staged(target, operation);
    const at = stepOf(operation);
    this.#story.push(`killed at ${at}`);
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
      this.#story.push(way);
      this.#counts[way] += 1;
      if (this.#random.chance(againProbability) && this.#counts.kills < this.#options.kills) {
        const line = ['operations', way, operation.id];
        await runKillable(this.#stack.paths.root, line, this.#instant(target), this.#environment());
      } else {
        const secrets = target === 'eab' && way === 'resume' ? { secrets: this.#pair } : {};
        await this.#inner.call(`operations.${way}`, { id: operation.id, ...secrets });
        await this.#inner.console.required().engine.waitFor(operation.id);
      }
      operation = (await this.#inner.console.required().engine.show(operation.id)).operation;
      if (operation.state === 'interrupted') {
        this.#counts.kills += 1;
        this.#story.push(`killed at ${stepOf(operation)}`);
        continue;
      }
      if (!['done', 'pending', 'undone'].includes(operation.state))
        throw new Lost(`${way} ended ${operation.state}: ${JSON.stringify(operation.error)}`);
      return operation.state === 'undone' ? 'undo' : 'resume';
    }
  }

  /** An account that was closed at the CA stays closed, and its successor is kept; any other has its old key again. */
  async #compareAccounts(old: readonly string[], now: readonly string[], after: Held): Promise<void> {
    for (const [index, key] of old.entries())
      if (now[index] !== key && (await this.#world.accepts('acme-account-key', key, after)))
        throw new Lost('acme-account-key: undone, but the old key lives without a file');
  }

  async #compare(
    target: Rotated,
    way: 'resume' | 'undo',
    { before, after, chosen }: { before: Held; after: Held; chosen: string | undefined },
  ): Promise<void> {
    const [old, now] = [valueOf(target, before), valueOf(target, after)];
    if (proved.has(target) && !(await this.#world.accepts(target, now, after)))
      throw new Lost(`${target}: what is there is refused`);
    if (way === 'undo') {
      if (target === 'acme-account-key') return this.#compareAccounts(keysIn(old), keysIn(now), after);
      if (now !== old) throw new Lost(`${target}: undone, but not what it was`);
      if (chosen !== undefined && (await this.#world.accepts(target, chosen, after)))
        throw new Lost(`${target}: undone, but the new value is accepted`);
      return;
    }
    // A waiver on the way to a phase changes neither the phase nor the CA.
    if (now === old && target !== 'ca-key') throw new Lost(`${target}: resumed, but nothing changed`);
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
    await stack.must(['service', 'add', ...remote]);
    const inner = await stack.open('cli');
    await servePostgresTls(stack.paths, inner.console.required().topologies.local);
    return await new Soak(options, stack, inner).run();
  } finally {
    await stack.stop();
  }
}
