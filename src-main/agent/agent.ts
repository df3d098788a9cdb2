import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { editAgentConfig } from '../workspace/agent-config.ts';
import { readTextFile, replaceFileAtomic } from '../workspace/atomic.ts';
import {
  parseAgentConfig,
  readAgentConfig,
  type AgentConfig,
  type ConfigSource,
  type Profile,
} from './config.ts';
import { giveBack } from './give-back.ts';
import { Issuer } from './issuer.ts';
import type { AgentLog } from './log.ts';
import { AdviceCache, renewIfNeeded, type RenewalResult } from './renewal.ts';
import { changeAgentState, readAgentState, type AgentState } from './state-file.ts';
import type { AgentTelemetry } from './telemetry.ts';

export interface AgentDeps {
  readonly source: ConfigSource;
  readonly log: AgentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly telemetry?: AgentTelemetry;
}

/** What the loops of one configuration share; a reload makes a new one. */
interface Generation {
  /** Replaced in place when hardening changes nothing but how step-ca is trusted. */
  config: AgentConfig;
  issuer: Issuer;
  readonly retired: Issuer[];
  readonly stop: AbortController;
}

const maxConfigBytes = 4 * 1024 * 1024;
/** An urgent certificate is looked at again this soon, however long the interval. */
const emergencyMs = 5 * 60_000;
const quietMs = 5_000;
/** How long the record of one look waits for those of others that are under way. */
const gatherMs = 250;

function closeAll({ issuer, retired }: Generation): void {
  for (const one of [issuer, ...retired]) one.close();
}

/** The renewal agent: profiles, their loops, and the configuration in force. */
export class Agent {
  readonly #deps: AgentDeps;
  readonly #advice = new AdviceCache();
  /** One renewal of a certificate at a time, whoever asks. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** The trust that each service was told of, by name, and the state files from which that was read. */
  readonly #trust = new Map<string, string>();
  readonly #recorded = new Map<string, Promise<void>>();
  readonly #loops = new Set<Promise<void>>();
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
    this.#generation = this.#make(config);
  }

  get config(): AgentConfig {
    return this.#generation.config;
  }

  #make(config: AgentConfig): Generation {
    const stop = new AbortController();
    // Each profile's loop listens.
    setMaxListeners(0, stop.signal);
    this.#deps.telemetry?.configured(config);
    return { config, issuer: new Issuer(config, this.#deps.log), retired: [], stop };
  }

  /** Builds the whole new configuration first. @throws what {@link readAgentConfig} throws; the old one is then still in force */
  async reload(): Promise<void> {
    const config = await readAgentConfig(this.#deps.source);
    const old = this.#generation;
    this.#generation = this.#make(config);
    old.stop.abort();
    this.#deps.log(
      message('agent.log.config', { hash: config.hash.slice(0, 12), profiles: config.profiles.length }),
      'info',
    );
    if (this.#looping) this.#startLoops();
  }

  /** Changes agent.toml and takes the result into force: checked as a whole before it is written. */
  async edit(settings: NonNullable<Parameters<typeof editAgentConfig>[1]['settings']>): Promise<void> {
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
      await this.edit({ trust: { verify_certificates: true } });
      const config = await readAgentConfig(this.#deps.source);
      if (config.hardens) throw new ConsoleError('agent_config', { field: 'trust', expected: 'true' });
      const generation = this.#generation;
      generation.retired.push(generation.issuer);
      generation.config = config;
      generation.issuer = new Issuer(config, this.#deps.log);
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

  async #readTrust(statePath: string): Promise<void> {
    const record = (await readAgentState(statePath).catch(() => undefined))?.console_record?.profiles;
    for (const [name, { trust }] of Object.entries(record ?? {}))
      if (trust !== undefined && !this.#trust.has(name)) this.#trust.set(name, trust);
  }

  /** Of what trust the service was told last, by an agent before this one too. */
  async #told({ statePath, identity }: Profile): Promise<string | undefined> {
    // Read once: from then on this agent is the one that writes it.
    const reading = this.#recorded.get(statePath) ?? this.#readTrust(statePath);
    this.#recorded.set(statePath, reading);
    await reading;
    return this.#trust.get(identity);
  }

  async #record(profile: Profile, result: RenewalResult): Promise<void> {
    const at = new Date(this.#deps.now()).toISOString();
    const { identity } = profile;
    if (result.trust !== undefined) this.#trust.set(identity, result.trust);
    const trust = this.#trust.get(identity);
    const change = (state: AgentState): AgentState => {
      const before = state.console_record?.profiles[identity];
      const failed = result.outcome === 'failed';
      return {
        ...state,
        console_record: {
          ...state.console_record,
          updated_at: at,
          config_hash: this.config.hash,
          profiles: {
            ...state.console_record?.profiles,
            [identity]: {
              checked_at: at,
              outcome: result.outcome,
              reasons: [...result.reasons],
              ...(result.notAfter === undefined ? {} : { not_after: result.notAfter }),
              ...(result.outcome === 'renewed'
                ? { renewed_at: at }
                : before?.renewed_at === undefined
                  ? {}
                  : { renewed_at: before.renewed_at }),
              ...(result.error === undefined
                ? {}
                : { error: result.error.code, error_params: result.error.data.params }),
              ...(trust === undefined ? {} : { trust }),
              failures: failed ? (before?.failures ?? 0) + 1 : 0,
            },
          },
        },
      };
    };
    await changeAgentState(profile.statePath, change, this.#looking > 0 ? gatherMs : 0).catch(
      (error: unknown) => {
        // The certificate counts; a record that cannot be kept is said and no more.
        this.#deps.log(message('agent.log.record_failed', { path: profile.statePath }), 'warn', { error });
      },
    );
  }

  /** Told when a look at a certificate begins and ends; a while after the last one the memory goes back. */
  #busier(by: 1 | -1): void {
    this.#busy += by;
    clearTimeout(this.#quiet);
    if (this.#busy === 0 && this.#looping) this.#quiet = setTimeout(giveBack, quietMs).unref();
  }

  async #check(generation: Generation, profile: Profile, forced: boolean): Promise<RenewalResult> {
    this.#busier(1);
    try {
      return await this.#checkInTurn(generation, profile, forced);
    } finally {
      this.#busier(-1);
    }
  }

  async #checkInTurn(generation: Generation, profile: Profile, forced: boolean): Promise<RenewalResult> {
    return this.#inTurn(profile.cert, async () => {
      const { config, issuer, stop } = generation;
      const { log, now, random, sleep, source } = this.#deps;
      const deps = {
        config,
        issuer,
        log,
        environment: source.environment,
        advice: this.#advice,
        now,
        random,
        sleep,
      };
      const began = now();
      const told = await this.#told(profile);
      this.#looking += 1;
      const look = renewIfNeeded(deps, profile, {
        forced,
        signal: stop.signal,
        ...(told === undefined ? {} : { told }),
      });
      const result = await look.finally(() => (this.#looking -= 1));
      if (result.error?.code !== 'cancelled') {
        this.#deps.telemetry?.checked(profile, result, now() - began);
        await this.#record(profile, result);
      }
      if (result.outcome === 'renewed') await this.#inTurn('config', () => this.#harden());
      return result;
    });
  }

  /** Every profile once, with its retries. @throws `agent_hardening_failed` */
  async once(): Promise<readonly RenewalResult[]> {
    const generation = this.#generation;
    const { profiles } = generation.config;
    const begun: Promise<RenewalResult>[] = [];
    for (const profile of profiles) {
      const check = this.#check(generation, profile, false);
      check.catch(() => undefined);
      begun.push(check);
      // The first orders go out while the last certificates are still looked at.
      await setImmediate();
    }
    const checks = await Promise.allSettled(begun);
    closeAll(generation);
    return checks.map((check) => {
      if (check.status === 'rejected') throw check.reason;
      return check.value;
    });
  }

  /** Renews one certificate whatever its state, for a reissue request. */
  force(profile: Profile): Promise<RenewalResult> {
    return this.#check(this.#generation, profile, true);
  }

  async #loop(generation: Generation, profile: Profile): Promise<void> {
    const { signal } = generation.stop;
    const { random, sleep } = this.#deps;
    try {
      while (!signal.aborted) {
        const result = await this.#check(generation, profile, false);
        const urgent = result.outcome === 'failed' && result.reasons.includes('emergency');
        const interval = profile.checkIntervalMs + random() * profile.checkJitterMs;
        await sleep(urgent ? Math.min(interval, emergencyMs) : interval, signal);
      }
    } catch (error) {
      if (!isConsoleError(error, 'cancelled')) this.#fatal(error);
    }
  }

  #startLoops(): void {
    const generation = this.#generation;
    const loops = generation.config.profiles.map((profile) => this.#loop(generation, profile));
    const all = Promise.all(loops).then(() => closeAll(generation));
    this.#loops.add(all);
    void all.then(() => this.#loops.delete(all));
  }

  /** Starts a loop for each profile: a check at once, then at intervals. */
  start(): void {
    this.#looping = true;
    this.#startLoops();
  }

  /** Ends waiting and orders; a set that is being written is finished. */
  async stop(): Promise<void> {
    this.#looping = false;
    clearTimeout(this.#quiet);
    this.#generation.stop.abort();
    await Promise.all(this.#loops);
    closeAll(this.#generation);
  }
}
