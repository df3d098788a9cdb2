import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { editAgentConfig } from '../workspace/agent-config.ts';
import { readTextFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { AdviceCache } from './advice.ts';
import {
  parseAgentConfig,
  readAgentConfig,
  readSettledConfig,
  type AgentConfig,
  type ConfigSource,
  type Profile,
} from './config.ts';
import {
  closeGeneration,
  hardened,
  newGeneration,
  profileKey,
  sharesOrders,
  type Generation,
} from './generation.ts';
import { giveBack } from './give-back.ts';
import { Issuer } from './issuer.ts';
import type { AgentLog } from './log.ts';
import { RecordKeeper } from './record-keeper.ts';
import { renewIfNeeded, type RenewalResult } from './renewal.ts';
import type { AgentTelemetry } from './telemetry.ts';
import { Watch } from './watch.ts';

export interface AgentDeps {
  readonly source: ConfigSource;
  readonly log: AgentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly telemetry?: AgentTelemetry;
}

/** One look at a certificate: whether it is renewed whatever its state, and what ends the order. */
interface Look {
  readonly forced: boolean;
  readonly signal: AbortSignal;
}

type Settings = NonNullable<Parameters<typeof editAgentConfig>[1]['settings']>;

const maxConfigBytes = 4 * 1024 * 1024;
const quietMs = 5_000;
/** How long the record of one look waits for those of others that are under way. */
const gatherMs = 250;

/** The renewal agent: profiles, who looks after each, and the configuration in force. */
export class Agent {
  readonly #deps: AgentDeps;
  readonly #advice = new AdviceCache();
  readonly #records: RecordKeeper;
  /** One renewal of a certificate at a time, whoever asks, and one change of the configuration. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** By what the profile says, so that one that says the same goes on. */
  readonly #watches = new Map<string, Watch>();
  /** Watches that were stopped and still finish what cannot be left half done. */
  readonly #ending = new Set<Promise<void>>();
  readonly #fatal: (error: unknown) => void;
  #generation: Generation;
  #looping = false;
  #busy = 0;
  /** Looks at certificates that have no result yet. */
  #looking = 0;
  #quiet: NodeJS.Timeout | undefined;

  /** @param fatal called when the agent must end: what it had to write for good could not be written */
  constructor(config: AgentConfig, deps: AgentDeps, fatal: (error: unknown) => void) {
    this.#deps = deps;
    this.#fatal = fatal;
    this.#records = new RecordKeeper(deps);
    this.#generation = newGeneration(config, deps.log);
    deps.telemetry?.configured(config);
  }

  get config(): AgentConfig {
    return this.#generation.config;
  }

  /**
   * Builds the whole new configuration first. Then profiles that are gone stop, new and changed ones begin, and those that are the same
   * go on undisturbed; where anything changed that all orders share, all begin anew.
   * @throws what {@link readAgentConfig} throws; the old configuration is then still in force
   */
  reload(): Promise<void> {
    return this.#inTurn('config', async () => {
      const { log, source, telemetry } = this.#deps;
      let config: AgentConfig;
      try {
        config = await readSettledConfig(source);
      } catch (error) {
        telemetry?.reloaded('failed');
        throw error;
      }
      const { hash, profiles } = config;
      log(message('agent.log.config', { hash: hash.slice(0, 12), profiles: profiles.length }), 'info');
      this.#adopt(config, sharesOrders(this.config, config));
      telemetry?.reloaded('done');
    });
  }

  /** @param goesOn whether orders of the present configuration are orders of this one */
  #adopt(config: AgentConfig, goesOn: boolean): void {
    const old = this.#generation;
    if (goesOn) old.config = config;
    else this.#generation = newGeneration(config, this.#deps.log);
    this.#deps.telemetry?.configured(config);
    const stopped = this.#looping ? this.#watchAll(goesOn) : [];
    if (!goesOn) this.#finish(stopped, () => closeGeneration(old));
    else this.#finish(stopped);
  }

  /** Keeps in mind what was stopped until it has ended. */
  #finish(stopped: readonly Watch[], then: () => void = () => undefined): void {
    const ended = Promise.all(stopped.map(({ done }) => done)).then(then);
    this.#ending.add(ended);
    void ended.then(() => this.#ending.delete(ended));
  }

  /** One watch for each profile of the configuration in force. @returns those that were stopped */
  #watchAll(goesOn: boolean): readonly Watch[] {
    const { random, sleep, log } = this.#deps;
    const wanted = new Map(this.config.profiles.map((profile) => [profileKey(profile), profile]));
    const stopped: Watch[] = [];
    const before = new Set([...this.#watches.values()].map(({ profile }) => profile.cert));
    for (const [key, watch] of this.#watches) {
      if (goesOn && wanted.has(key)) continue;
      watch.stop();
      stopped.push(watch);
      this.#watches.delete(key);
    }
    for (const watch of this.#watches.values()) watch.lookIfNeeded();
    const kept = this.#watches.size;
    const generation = this.#generation;
    const check = (profile: Profile, signal: AbortSignal): Promise<RenewalResult> =>
      this.#check(generation, profile, { forced: false, signal });
    const fatal = this.#fatal;
    for (const [key, profile] of wanted)
      if (!this.#watches.has(key))
        this.#watches.set(key, new Watch(profile, { random, sleep, check, fatal }));
    if (before.size === 0) return stopped;
    const added = [...wanted.values()].filter(({ cert }) => !before.has(cert)).length;
    const changed = wanted.size - kept - added;
    const removed = before.size - kept - changed;
    log(message('agent.log.reloaded', { added, changed, removed, kept }), 'info');
    return stopped;
  }

  /** Changes agent.toml: checked as a whole before it is written. */
  edit(settings: Settings): Promise<void> {
    return this.#inTurn('config', () => this.#editNow(settings));
  }

  async #editNow(settings: Settings): Promise<void> {
    const { path } = this.config;
    const text = await readTextFile(path, { maxBytes: maxConfigBytes });
    const edited = editAgentConfig(text, { settings }, path);
    if (edited === text) return;
    await parseAgentConfig(edited, this.#deps.source);
    await replaceFileAtomic(path, edited);
  }

  /** After the first normal success, in files of the older generation only: from now on step-ca is always verified. */
  async #harden(): Promise<void> {
    if (!this.config.hardens) return;
    try {
      await this.#editNow({ trust: { verify_certificates: true } });
      const config = await readAgentConfig(this.#deps.source);
      if (config.hardens) throw new ConsoleError('agent_config', { field: 'trust', expected: 'true' });
      const generation = this.#generation;
      // What else the file says meanwhile comes into force with it, as after a reload; but a single run ends with what it began with.
      const alone = !this.#looping || sharesOrders(hardened(this.config), config);
      if (alone) {
        generation.retired.push(generation.issuer);
        generation.issuer = new Issuer(config, this.#deps.log);
      }
      this.#adopt(config, alone);
      this.#deps.log(message('agent.log.hardened', { path: config.path }), 'info');
    } catch (cause) {
      const detail = isConsoleError(cause) ? cause.code : '';
      throw new ConsoleError('agent_hardening_failed', { path: this.config.path }, { detail, cause });
    }
  }

  async #inTurn<T>(key: string, job: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(job);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  /** Told when a look at a certificate begins and ends; a while after the last one the memory goes back. */
  #busier(by: 1 | -1): void {
    this.#busy += by;
    clearTimeout(this.#quiet);
    if (this.#busy === 0 && this.#looping) this.#quiet = setTimeout(giveBack, quietMs).unref();
  }

  async #check(generation: Generation, profile: Profile, look: Look): Promise<RenewalResult> {
    this.#busier(1);
    try {
      return await this.#inTurn(profile.cert, () => this.#checkNow(generation, profile, look));
    } finally {
      this.#busier(-1);
    }
  }

  async #checkNow(generation: Generation, profile: Profile, look: Look): Promise<RenewalResult> {
    const { config, issuer } = generation;
    const { log, now, random, sleep, source, telemetry } = this.#deps;
    const advice = this.#advice;
    const deps = { config, issuer, log, environment: source.environment, advice, now, random, sleep };
    const began = now();
    const told = await this.#records.told(profile);
    this.#looking += 1;
    const looked = renewIfNeeded(deps, profile, { ...look, ...(told === undefined ? {} : { told }) });
    const result = await looked.finally(() => (this.#looking -= 1));
    if (result.error?.code !== 'cancelled') {
      telemetry?.checked(profile, result, now() - began);
      await this.#records.keep(this.config, profile, result, this.#looking > 0 ? gatherMs : 0);
    }
    if (result.outcome === 'renewed') await this.#inTurn('config', () => this.#harden());
    return result;
  }

  /** Every profile once, with its retries. @throws `agent_hardening_failed` */
  async once(): Promise<readonly RenewalResult[]> {
    const generation = this.#generation;
    const { signal } = new AbortController();
    // Each look listens.
    setMaxListeners(0, signal);
    const begun: Promise<RenewalResult>[] = [];
    for (const profile of generation.config.profiles) {
      const check = this.#check(generation, profile, { forced: false, signal });
      check.catch(() => undefined);
      begun.push(check);
      // The first orders go out while the last certificates are still looked at.
      await setImmediate();
    }
    const checks = await Promise.allSettled(begun);
    closeGeneration(this.#generation);
    return checks.map((check) => {
      if (check.status === 'rejected') throw check.reason;
      return check.value;
    });
  }

  /** Renews one certificate whatever its state, for a reissue request; cut off when the profile changes or goes. */
  force(profile: Profile): Promise<RenewalResult> {
    const { signal } = this.#watches.get(profileKey(profile)) ?? new AbortController();
    return this.#check(this.#generation, profile, { forced: true, signal });
  }

  /** Looks after each profile: a check at once, then at intervals. */
  start(): void {
    this.#looping = true;
    this.#watchAll(true);
  }

  /** Ends waiting and orders; a set that is being written is finished. */
  async stop(): Promise<void> {
    this.#looping = false;
    clearTimeout(this.#quiet);
    const watches = [...this.#watches.values()];
    for (const watch of watches) watch.stop();
    await Promise.all([...watches.map(({ done }) => done), ...this.#ending]);
    closeGeneration(this.#generation);
  }
}
