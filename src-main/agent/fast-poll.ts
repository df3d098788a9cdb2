import { isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { AgentConfig, FastPollConfig, Profile } from './config.ts';
import { applyItem, type Applied } from './item-apply.ts';
import type { AgentLog } from './log.ts';
import { caOf, OpenBaoAccess } from './openbao-access.ts';
import { PollBackoff } from './poll-backoff.ts';
import { Reissue } from './reissue.ts';
import type { RenewalResult } from './renewal.ts';
import { isNewVersion, withSeen, type Item } from './seen-versions.ts';
import { changeAgentState, readAgentState } from './state-file.ts';

/** What fast-poll asks of the agent. */
export interface FastPollAgent {
  readonly config: AgentConfig;
  edit(settings: {
    readonly acme?: { readonly http_responder_hmac: string };
    readonly trust?: { readonly trusted_ca_sha256: readonly string[] };
  }): Promise<void>;
  reload(): Promise<void>;
  force(profile: Profile): Promise<RenewalResult>;
}

export interface FastPollDeps {
  readonly agent: FastPollAgent;
  readonly log: AgentLog;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly telemetry?: { polled(ok: boolean): void };
}

const longestPauseMs = 300_000;
const paths: Readonly<Record<Item | 'reissue', string>> = {
  trust: 'trust',
  secret_id: 'secret_id',
  responder_hmac: 'http_responder_hmac',
  eab: 'eab',
  reissue: 'reissue',
};

/**
 * Polls the KV paths of one service (formats-newer.md, "Fast-poll order per tick"), in an order in which nothing can hold back what it
 * needs itself: trust, responder secret, EAB, secret_id, and only then reissue, which runs beside the ticks. Each version is applied once.
 */
export class FastPoll {
  readonly #deps: FastPollDeps;
  readonly #backoff: PollBackoff;
  readonly #reissue: Reissue;
  /** Versions that were refused and told; refused quietly from then on. */
  readonly #told = new Map<string, number>();
  #session:
    { readonly key: string; readonly ca: string | undefined; readonly access: OpenBaoAccess } | undefined;

  constructor(deps: FastPollDeps) {
    this.#deps = deps;
    this.#backoff = new PollBackoff(deps);
    this.#reissue = new Reissue(deps, this.#backoff);
  }

  /** Polls until the signal aborts. After a failure the pause grows, with jitter, to five minutes at most. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    try {
      for (;;) {
        const { openbao } = this.#deps.agent.config;
        const ok = openbao === undefined || (await this.tick(signal));
        if (openbao !== undefined) this.#deps.telemetry?.polled(ok);
        failures = ok ? 0 : failures + 1;
        const interval = openbao?.intervalMs ?? 30_000;
        const pause = Math.min(Math.max(interval, longestPauseMs), interval * 2 ** Math.min(failures, 10));
        await this.#deps.sleep(pause * (failures === 0 ? 1 : 0.5 + this.#deps.random() / 2), signal);
      }
    } catch (error) {
      if (!isConsoleError(error, 'cancelled')) throw error;
    }
    await this.#reissue.settled();
  }

  /** One round. @returns whether OpenBao answered and everything that was there could be read */
  async tick(signal: AbortSignal): Promise<boolean> {
    const { openbao: config } = this.#deps.agent.config;
    if (config === undefined) return true;
    try {
      const access = await this.#open(config, signal);
      await this.#item(config, access, 'trust');
      await this.#item(config, access, 'responder_hmac');
      if (this.#deps.agent.config.eabFile !== undefined) await this.#item(config, access, 'eab');
      await this.#item(config, access, 'secret_id');
      await this.#reissue.report(config, access);
      await this.#reissue.start(config, access, signal);
      return true;
    } catch (error) {
      if (isConsoleError(error, 'cancelled')) return true;
      this.#deps.log(message('agent.log.poll_failed', { id: config.id }), 'warn', { error });
      return false;
    }
  }

  /**
   * The session, opened anew when the bundle by which OpenBao is trusted says something else: after a change of the CA this host may
   * learn of it from its sync job alone, for OpenBao serves a certificate already that the bundle of before does not know.
   */
  async #open(config: FastPollConfig, signal: AbortSignal): Promise<OpenBaoAccess> {
    const { url, roleIdPath, secretIdPath, caBundlePath } = config;
    const key = JSON.stringify([url, roleIdPath, secretIdPath, caBundlePath]);
    const open = this.#session?.key === key ? this.#session : undefined;
    const ca = await caOf(config).catch((error: unknown) => {
      // One that is gone for a moment does not end a session that works.
      if (open === undefined) throw error;
      return open.ca;
    });
    if (open !== undefined && open.ca === ca) return open.access;
    const access = OpenBaoAccess.open(config, ca, this.#deps.now, signal);
    this.#session = { key, ca, access };
    return access;
  }

  /** Reads one path and applies it once for each new version. A version that is refused is told once and left alone. */
  async #item(config: FastPollConfig, access: OpenBaoAccess, item: Item): Promise<void> {
    const secret = await access.use(({ kv }) => kv.read(`bootroot/services/${config.id}/${paths[item]}`));
    if (secret === undefined) return;
    const { data, version, createdAt } = secret;
    const seen = { version, ...(createdAt === undefined ? {} : { createdAt }) };
    const state = await readAgentState(config.statePath);
    const key = `${item} ${String(version)} ${createdAt ?? ''}`;
    if (!isNewVersion(state, item, config.id, seen) || !this.#backoff.ready(key)) return;
    let outcome: Applied;
    try {
      outcome = await applyItem(item, data, this.#deps.agent, config, access);
    } catch (error) {
      if (isConsoleError(error, 'cancelled')) throw error;
      this.#backoff.failed(key, config.intervalMs);
      this.#deps.log(message('agent.log.item_failed', { item, version }), 'error', { error });
      return;
    }
    if (outcome === 'applied') {
      await changeAgentState(config.statePath, (now) => withSeen(now, item, config.id, seen));
      this.#backoff.succeeded(key);
      this.#deps.log(message('agent.log.item_applied', { item, version }), 'info');
      return;
    }
    this.#backoff.failed(key, config.intervalMs);
    if (this.#told.get(item) === version) return;
    this.#told.set(item, version);
    const text = outcome === 'refused' ? 'agent.log.item_refused' : 'agent.log.secret_id_unproved';
    this.#deps.log(message(text, { item, version }), 'error');
  }

  /** Waits for a reissue that runs beside the ticks. */
  async settled(): Promise<void> {
    await this.#reissue.settled();
  }
}
