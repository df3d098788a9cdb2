import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';

const versions = z.record(z.string(), z.number().int()).default({});
const isoText = z.string();

/** What fast-poll remembers (formats-newer.md, "Fast-poll state"), keyed by registration id. Keys that are not named are kept. */
export const agentStateSchema = z.looseObject({
  last_reissue_seen_version: versions,
  last_trust_seen_version: versions,
  last_secret_id_seen_version: versions,
  last_responder_hmac_seen_version: versions,
  last_eab_seen_version: versions,
  in_flight_renewals: z
    .record(
      z.string(),
      z.looseObject({ version: z.number().int(), completed_profiles: z.array(z.string()).default([]) }),
    )
    .default({}),
  pending_completion_writes: z
    .record(
      z.string(),
      z.looseObject({
        version: z.number().int(),
        completed_at: isoText,
        requested_at: isoText.nullish(),
        requester: z.string().nullish(),
      }),
    )
    .default({}),
  /** The console's own: `created_time` of the version last seen, which tells a path that was made anew from the old one. */
  console_seen_created: z.record(z.string(), z.record(z.string(), isoText)).optional(),
  /** The console's own: what became of each certificate, by its name. */
  console_record: z
    .looseObject({
      updated_at: isoText,
      config_hash: z.string(),
      profiles: z.record(
        z.string(),
        z.looseObject({
          checked_at: isoText,
          outcome: z.enum(['current', 'renewed', 'failed']),
          reasons: z.array(z.string()),
          not_after: isoText.optional(),
          renewed_at: isoText.optional(),
          error: z.string().optional(),
          /** Failures since the last success. */
          failures: z.number().int(),
        }),
      ),
    })
    .optional(),
});
export type AgentState = z.output<typeof agentStateSchema>;

const empty = (): AgentState => agentStateSchema.parse({});

/** Reads `bootroot-agent-state-<id>.json`. None is the empty state. @throws `agent_state_malformed` */
export async function readAgentState(path: string): Promise<AgentState> {
  const text = await readTextFileIfPresent(path, { maxBytes: 16 * 1024 * 1024 });
  if (text === undefined) return empty();
  try {
    return agentStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConsoleError('agent_state_malformed', { path }, { cause });
  }
}

const queues = new Map<string, Promise<unknown>>();

/** Reads, changes and writes back, one change of a file after another; 0600 when new. */
export function changeAgentState(
  path: string,
  change: (state: AgentState) => AgentState,
): Promise<AgentState> {
  const turn = (queues.get(path) ?? Promise.resolve())
    .catch(() => undefined)
    .then(async () => {
      const state = change(await readAgentState(path));
      await replaceFileAtomic(path, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      return state;
    });
  queues.set(path, turn);
  const forget = (): void => {
    if (queues.get(path) === turn) queues.delete(path);
  };
  turn.then(forget, forget);
  return turn;
}
