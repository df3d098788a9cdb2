import { isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { FastPollConfig, Profile } from './config.ts';
import type { FastPollDeps } from './fast-poll.ts';
import { reissueDocument } from './kv-documents.ts';
import type { OpenBaoAccess } from './openbao-access.ts';
import type { PollBackoff } from './poll-backoff.ts';
import { isNewVersion, withSeen, type Version } from './seen-versions.ts';
import { changeAgentState, readAgentState } from './state-file.ts';

interface Request {
  readonly requested_at?: string | null | undefined;
  readonly requester?: string | null | undefined;
}

const without = <T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== id));

/** Reissue requests of one service: served beside the ticks, profile by profile, and reported by check-and-set. */
export class Reissue {
  readonly #deps: FastPollDeps;
  readonly #backoff: PollBackoff;
  #running: Promise<void> | undefined;

  constructor(deps: FastPollDeps, backoff: PollBackoff) {
    this.#deps = deps;
    this.#backoff = backoff;
  }

  /** Begins what is asked for, unless something runs. */
  async start(config: FastPollConfig, access: OpenBaoAccess, signal: AbortSignal): Promise<void> {
    const secret = await access.use(({ kv }) => kv.read(`bootroot/services/${config.id}/reissue`));
    if (secret === undefined || this.#running !== undefined) return;
    const { version, createdAt } = secret;
    const seen = { version, ...(createdAt === undefined ? {} : { createdAt }) };
    const request = reissueDocument.safeParse(secret.data);
    const state = await readAgentState(config.statePath);
    if (!isNewVersion(state, 'reissue', config.id, seen)) return;
    if (!request.success || (request.data.completed_version ?? undefined) !== undefined) {
      await changeAgentState(config.statePath, (now) => withSeen(now, 'reissue', config.id, seen));
      return;
    }
    const key = `reissue ${String(version)} ${createdAt ?? ''}`;
    if (!this.#backoff.ready(key)) return;
    // Not awaited: while it is in its retries, the next ticks still bring the trust that it may be waiting for.
    this.#running = this.#serve(config, seen, request.data)
      .then(async (done) => {
        if (done) {
          this.#backoff.succeeded(key);
          await this.report(config, access);
        } else if (!signal.aborted) {
          const seconds = Math.round(this.#backoff.failed(key, config.intervalMs) / 1000);
          this.#deps.log(message('agent.log.reissue_failed', { version, seconds }), 'error');
        }
      })
      .catch((error: unknown) => {
        this.#backoff.failed(key, config.intervalMs);
        this.#deps.log(message('agent.log.poll_failed', { id: config.id }), 'warn', { error });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Waits for a reissue that runs beside the ticks. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #serve(config: FastPollConfig, seen: Version, request: Request): Promise<boolean> {
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
      return withSeen(
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
        seen,
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
  async report(config: FastPollConfig, access: OpenBaoAccess): Promise<void> {
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
