import { dirname } from 'node:path';
import { isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { ensureDirectory, readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';
import { mergeBundle } from '../x509/trust-bundle.ts';
import { readBundle } from '../tls/certificates.ts';
import type { AgentConfig, FastPollConfig, Profile } from './config.ts';
import {
  eabDocument,
  hmacDocument,
  reissueDocument,
  secretIdDocument,
  trustDocument,
} from './kv-documents.ts';
import type { AgentLog } from './log.ts';
import { OpenBaoAccess } from './openbao-access.ts';
import type { RenewalResult } from './renewal.ts';
import { changeAgentState, readAgentState, type AgentState } from './state-file.ts';

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

type Item = 'trust' | 'secret_id' | 'responder_hmac' | 'eab';
type SeenKey = `last_${Item | 'reissue'}_seen_version`;
interface Backoff {
  failures: number;
  notBefore: number;
}

const longestBackoffMs = 3_600_000;
const longestPauseMs = 300_000;
const paths: Readonly<Record<Item | 'reissue', string>> = {
  trust: 'trust',
  secret_id: 'secret_id',
  responder_hmac: 'http_responder_hmac',
  eab: 'eab',
  reissue: 'reissue',
};

const without = <T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== id));

/**
 * Polls the KV paths of one service (formats-newer.md, "Fast-poll order per tick"), in an order in which nothing can hold back what it
 * needs itself: trust, responder secret, EAB, secret_id, and only then reissue, which runs beside the ticks. Each version is applied once.
 */
export class FastPoll {
  readonly #deps: FastPollDeps;
  readonly #backoffs = new Map<string, Backoff>();
  /** Versions that were refused and told; refused quietly from then on. */
  readonly #told = new Map<string, number>();
  #access: { readonly url: string; readonly access: OpenBaoAccess } | undefined;
  #reissue: Promise<void> | undefined;

  constructor(deps: FastPollDeps) {
    this.#deps = deps;
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
    await this.#reissue;
  }

  /** One round. @returns whether OpenBao answered and everything that was there could be read */
  async tick(signal: AbortSignal): Promise<boolean> {
    const { openbao: config } = this.#deps.agent.config;
    if (config === undefined) return true;
    try {
      const access = await this.#open(config, signal);
      await this.#item(config, access, 'trust', (data) => this.#applyTrust(data));
      await this.#item(config, access, 'responder_hmac', (data) => this.#applyHmac(data));
      if (this.#deps.agent.config.eabFile !== undefined)
        await this.#item(config, access, 'eab', (data) => this.#applyEab(data));
      await this.#item(config, access, 'secret_id', (data) => this.#applySecretId(config, access, data));
      await this.#finishPending(config, access);
      await this.#startReissue(config, access, signal);
      return true;
    } catch (error) {
      if (isConsoleError(error, 'cancelled')) return true;
      this.#deps.log(message('agent.log.poll_failed', { id: config.id }), 'warn', { error });
      return false;
    }
  }

  async #open(config: FastPollConfig, signal: AbortSignal): Promise<OpenBaoAccess> {
    const key = JSON.stringify([config.url, config.roleIdPath, config.secretIdPath, config.caBundlePath]);
    if (this.#access?.url !== key)
      this.#access = { url: key, access: await OpenBaoAccess.open(config, this.#deps.now, signal) };
    return this.#access.access;
  }

  #ready(key: string): boolean {
    return this.#deps.now() >= (this.#backoffs.get(key)?.notBefore ?? 0);
  }

  #failed(key: string, intervalMs: number): number {
    const failures = (this.#backoffs.get(key)?.failures ?? 0) + 1;
    const most = Math.max(longestBackoffMs, intervalMs);
    const wait = Math.min(most, intervalMs * 2 ** Math.min(failures, 16)) * (0.5 + this.#deps.random() / 2);
    this.#backoffs.set(key, { failures, notBefore: this.#deps.now() + wait });
    return wait;
  }

  /**
   * Whether a version is new. Numbers only grow while a path lives; a smaller one, or the same one made at another time, is a path that
   * was made anew (`reinit`, removed and added again) and starts from the beginning.
   */
  #isNew(
    state: AgentState,
    item: Item | 'reissue',
    id: string,
    version: number,
    createdAt?: string,
  ): boolean {
    const key: SeenKey = `last_${item}_seen_version`;
    const seen = state[key][id];
    if (seen === undefined || version !== seen) return true;
    const created = state.console_seen_created?.[item]?.[id];
    return created !== undefined && createdAt !== undefined && created !== createdAt;
  }

  #seen(
    state: AgentState,
    item: Item | 'reissue',
    id: string,
    version: number,
    createdAt?: string,
  ): AgentState {
    const key: SeenKey = `last_${item}_seen_version`;
    const created = state.console_seen_created ?? {};
    return {
      ...state,
      [key]: { ...state[key], [id]: version },
      ...(createdAt === undefined
        ? {}
        : { console_seen_created: { ...created, [item]: { ...created[item], [id]: createdAt } } }),
    };
  }

  /** Reads one path and applies it once for each new version. A version that is refused is told once and left alone. */
  async #item(
    config: FastPollConfig,
    access: OpenBaoAccess,
    item: Item,
    apply: (data: unknown) => Promise<'applied' | 'refused' | 'unproved'>,
  ): Promise<void> {
    const secret = await access.use(({ kv }) => kv.read(`bootroot/services/${config.id}/${paths[item]}`));
    if (secret === undefined) return;
    const { data, version, createdAt } = secret;
    const state = await readAgentState(config.statePath);
    const key = `${item} ${String(version)} ${createdAt ?? ''}`;
    if (!this.#isNew(state, item, config.id, version, createdAt) || !this.#ready(key)) return;
    let outcome: 'applied' | 'refused' | 'unproved';
    try {
      outcome = await apply(data);
    } catch (error) {
      if (isConsoleError(error, 'cancelled')) throw error;
      this.#failed(key, config.intervalMs);
      this.#deps.log(message('agent.log.item_failed', { item, version }), 'error', { error });
      return;
    }
    if (outcome === 'applied') {
      await changeAgentState(config.statePath, (now) => this.#seen(now, item, config.id, version, createdAt));
      this.#backoffs.delete(key);
      this.#deps.log(message('agent.log.item_applied', { item, version }), 'info');
      return;
    }
    this.#failed(key, config.intervalMs);
    if (this.#told.get(item) === version) return;
    this.#told.set(item, version);
    const text = outcome === 'refused' ? 'agent.log.item_refused' : 'agent.log.secret_id_unproved';
    this.#deps.log(message(text, { item, version }), 'error');
  }

  async #applyTrust(data: unknown): Promise<'applied' | 'refused'> {
    const parsed = trustDocument.safeParse(data);
    const { agent } = this.#deps;
    const { bundlePath } = agent.config.trust;
    if (!parsed.success || bundlePath === undefined) return 'refused';
    const { pins, bundle } = parsed.data;
    const present = (await readTextFileIfPresent(bundlePath, { maxBytes: 4 * 1024 * 1024 })) ?? '';
    const raw = (pem: string): Uint8Array[] => readBundle(pem).map((one) => one.raw);
    const all = [...bundle.map((one) => one.raw), ...raw(present)];
    // First what both generations of pins need, then the pins, then the new generation alone: a crash in between leaves no gap.
    await this.#writeBundle(bundlePath, mergeBundle([...agent.config.trust.pins, ...pins], [], all).pem);
    const merged = mergeBundle(pins, [], all);
    await agent.edit({ trust: { trusted_ca_sha256: pins } });
    await this.#writeBundle(bundlePath, merged.pem);
    await agent.reload();
    return 'applied';
  }

  /** Owner and mode of a bundle that is there stay; a new one can be read by the service. */
  async #writeBundle(path: string, pem: string): Promise<void> {
    if ((await readTextFileIfPresent(path, { maxBytes: 4 * 1024 * 1024 })) === pem) return;
    await ensureDirectory(dirname(path), { mode: 0o755 });
    await replaceFileAtomic(path, pem, { mode: 0o644 });
  }

  async #applyHmac(data: unknown): Promise<'applied' | 'refused'> {
    const parsed = hmacDocument.safeParse(data);
    if (!parsed.success) return 'refused';
    const { agent } = this.#deps;
    if (parsed.data === agent.config.acme.http_responder_hmac) return 'applied';
    await agent.edit({ acme: { http_responder_hmac: parsed.data } });
    await agent.reload();
    return 'applied';
  }

  async #applyEab(data: unknown): Promise<'applied' | 'refused'> {
    const parsed = eabDocument.safeParse(data);
    const { agent } = this.#deps;
    const { eabFile } = agent.config;
    if (!parsed.success || eabFile === undefined) return 'refused';
    const text = `${JSON.stringify(parsed.data, null, 2)}\n`;
    if ((await readTextFileIfPresent(eabFile)) === text) return 'applied';
    await replaceFileAtomic(eabFile, text, { mode: 0o600 });
    await agent.reload();
    return 'applied';
  }

  /** Proved by a login before it replaces the one that works: a bad value would lock this host out (⚠ of the newer agent). */
  async #applySecretId(
    config: FastPollConfig,
    access: OpenBaoAccess,
    data: unknown,
  ): Promise<'applied' | 'refused' | 'unproved'> {
    const parsed = secretIdDocument.safeParse(data);
    if (!parsed.success) return 'refused';
    const present = await access.secretId().catch(() => undefined);
    if (present === parsed.data) return 'applied';
    if (!(await access.accepts(parsed.data))) return 'unproved';
    await replaceFileAtomic(config.secretIdPath, parsed.data, { mode: 0o600 });
    return 'applied';
  }

  async #startReissue(config: FastPollConfig, access: OpenBaoAccess, signal: AbortSignal): Promise<void> {
    const secret = await access.use(({ kv }) => kv.read(`bootroot/services/${config.id}/reissue`));
    if (secret === undefined || this.#reissue !== undefined) return;
    const { version, createdAt } = secret;
    const request = reissueDocument.safeParse(secret.data);
    const state = await readAgentState(config.statePath);
    if (!this.#isNew(state, 'reissue', config.id, version, createdAt)) return;
    if (!request.success || (request.data.completed_version ?? undefined) !== undefined) {
      await changeAgentState(config.statePath, (now) =>
        this.#seen(now, 'reissue', config.id, version, createdAt),
      );
      return;
    }
    const key = `reissue ${String(version)} ${createdAt ?? ''}`;
    if (!this.#ready(key)) return;
    // Not awaited: while it is in its retries, the next ticks still bring the trust that it may be waiting for.
    this.#reissue = this.#runReissue(
      config,
      { version, ...(createdAt === undefined ? {} : { createdAt }) },
      request.data,
    )
      .then(async (done) => {
        if (done) {
          this.#backoffs.delete(key);
          await this.#finishPending(config, access);
        } else if (!signal.aborted) {
          const seconds = Math.round(this.#failed(key, config.intervalMs) / 1000);
          this.#deps.log(message('agent.log.reissue_failed', { version, seconds }), 'error');
        }
      })
      .catch((error: unknown) => {
        this.#failed(key, config.intervalMs);
        this.#deps.log(message('agent.log.poll_failed', { id: config.id }), 'warn', { error });
      })
      .finally(() => {
        this.#reissue = undefined;
      });
  }

  /** Waits for a reissue that runs beside the ticks. */
  async settled(): Promise<void> {
    await this.#reissue;
  }

  async #runReissue(
    config: FastPollConfig,
    seen: { readonly version: number; readonly createdAt?: string },
    request: {
      readonly requested_at?: string | null | undefined;
      readonly requester?: string | null | undefined;
    },
  ): Promise<boolean> {
    const { id, statePath } = config;
    const { agent, log, now } = this.#deps;
    const { version } = seen;
    log(message('agent.log.reissue', { version, requester: request.requester ?? '' }), 'info');
    const begun = await changeAgentState(statePath, (state) =>
      state.in_flight_renewals[id]?.version === version
        ? state
        : {
            ...state,
            in_flight_renewals: { ...state.in_flight_renewals, [id]: { version, completed_profiles: [] } },
          },
    );
    const done = new Set(begun.in_flight_renewals[id]?.completed_profiles ?? []);
    for (const profile of agent.config.profiles) {
      if (done.has(profile.identity)) continue;
      if (!(await this.#forced(profile))) return false;
      await changeAgentState(statePath, (state) => {
        const flight = state.in_flight_renewals[id] ?? { version, completed_profiles: [] };
        const completed_profiles = [...flight.completed_profiles, profile.identity];
        return {
          ...state,
          in_flight_renewals: { ...state.in_flight_renewals, [id]: { ...flight, completed_profiles } },
        };
      });
    }
    await changeAgentState(statePath, (state) => {
      const flights = without(state.in_flight_renewals, id);
      return this.#seen(
        {
          ...state,
          in_flight_renewals: flights,
          pending_completion_writes: {
            ...state.pending_completion_writes,
            [id]: {
              version,
              completed_at: new Date(now()).toISOString(),
              ...(request.requested_at == null ? {} : { requested_at: request.requested_at }),
              ...(request.requester == null ? {} : { requester: request.requester }),
            },
          },
        },
        'reissue',
        id,
        version,
        seen.createdAt,
      );
    });
    return true;
  }

  /** A reload (new trust, new secret) cuts an order off: that is no failure, and the new configuration tries at once. */
  async #forced(profile: Profile): Promise<boolean> {
    const { agent } = this.#deps;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const present = agent.config.profiles.find(({ cert }) => cert === profile.cert) ?? profile;
      const result = await agent.force(present);
      if (result.outcome === 'renewed') return true;
      if (result.error?.code !== 'cancelled') return false;
    }
    return false;
  }

  /**
   * Reports a finished reissue by check-and-set on the very version that was served: a request that landed meanwhile stays and is
   * served next (⚠ of the newer agent, which overwrote it). A crash before this leaves the report in the state file.
   */
  async #finishPending(config: FastPollConfig, access: OpenBaoAccess): Promise<void> {
    const { id, statePath } = config;
    const pending = (await readAgentState(statePath)).pending_completion_writes[id];
    if (pending === undefined) return;
    const { version, ...rest } = pending;
    const path = `bootroot/services/${id}/reissue`;
    const document = {
      ...(rest.requested_at == null ? {} : { requested_at: rest.requested_at }),
      ...(rest.requester == null ? {} : { requester: rest.requester }),
      completed_at: rest.completed_at,
      completed_version: version,
    };
    try {
      await access.use(({ kv }) => kv.write(path, document, { cas: version }));
      this.#deps.log(message('agent.log.reissue_done', { version }), 'info');
    } catch (error) {
      if (!isConsoleError(error, 'openbao_conflict')) throw error;
      this.#deps.log(message('agent.log.reissue_superseded', { version }), 'warn');
    }
    await changeAgentState(statePath, (state) => {
      const { pending_completion_writes: reports } = state;
      return reports[id]?.version === version
        ? { ...state, pending_completion_writes: without(reports, id) }
        : state;
    });
  }
}
