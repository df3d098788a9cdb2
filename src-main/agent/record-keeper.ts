import { message } from '../../shared/message.ts';
import type { AgentConfig, Profile } from './config.ts';
import type { AgentLog } from './log.ts';
import type { RenewalResult } from './renewal.ts';
import { changeAgentState, readAgentState, type AgentState } from './state-file.ts';

type Records = NonNullable<AgentState['console_record']>['profiles'];

/** What became of each certificate, kept in the state files for the console and for the agent after this one. */
export class RecordKeeper {
  readonly #log: AgentLog;
  /** Unix milliseconds. */
  readonly #now: () => number;
  /** The trust that each service was told of, by name, and the state files from which that was read. */
  readonly #trust = new Map<string, string>();
  readonly #read = new Map<string, Promise<void>>();

  constructor(deps: { readonly log: AgentLog; readonly now: () => number }) {
    this.#log = deps.log;
    this.#now = deps.now;
  }

  async #readTrust(statePath: string): Promise<void> {
    const record = (await readAgentState(statePath).catch(() => undefined))?.console_record?.profiles;
    for (const [name, { trust }] of Object.entries(record ?? {}))
      if (trust !== undefined && !this.#trust.has(name)) this.#trust.set(name, trust);
  }

  /** Of what trust the service was told last, by an agent before this one too. */
  async told({ statePath, identity }: Profile): Promise<string | undefined> {
    // Read once: from then on this agent is the one that writes it.
    const reading = this.#read.get(statePath) ?? this.#readTrust(statePath);
    this.#read.set(statePath, reading);
    await reading;
    return this.#trust.get(identity);
  }

  #next(before: Records[string] | undefined, result: RenewalResult, at: string, trust?: string) {
    const renewedAt = result.outcome === 'renewed' ? at : before?.renewed_at;
    return {
      checked_at: at,
      outcome: result.outcome,
      reasons: [...result.reasons],
      ...(result.notAfter === undefined ? {} : { not_after: result.notAfter }),
      ...(renewedAt === undefined ? {} : { renewed_at: renewedAt }),
      ...(result.error === undefined
        ? {}
        : { error: result.error.code, error_params: result.error.data.params }),
      ...(trust === undefined ? {} : { trust }),
      failures: result.outcome === 'failed' ? (before?.failures ?? 0) + 1 : 0,
    };
  }

  /** @param gatherMs how long the write may wait for the records of others */
  async keep(config: AgentConfig, profile: Profile, result: RenewalResult, gatherMs: number): Promise<void> {
    const at = new Date(this.#now()).toISOString();
    const { identity, statePath } = profile;
    if (result.trust !== undefined) this.#trust.set(identity, result.trust);
    const trust = this.#trust.get(identity);
    const change = (state: AgentState): AgentState => {
      const records = state.console_record?.profiles;
      return {
        ...state,
        console_record: {
          ...state.console_record,
          updated_at: at,
          config_hash: config.hash,
          profiles: { ...records, [identity]: this.#next(records?.[identity], result, at, trust) },
        },
      };
    };
    await changeAgentState(statePath, change, gatherMs).catch((error: unknown) => {
      // The certificate counts; a record that cannot be kept is said and no more.
      this.#log(message('agent.log.record_failed', { path: statePath }), 'warn', { error });
    });
  }
}
