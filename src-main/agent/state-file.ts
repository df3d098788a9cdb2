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
          /** Code of the last error, and what its text is filled with. */
          error: z.string().optional(),
          error_params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
          /** The trust that the service was told of last (`trustDigest`). */
          trust: z.string().optional(),
          /** Failures since the last success. */
          failures: z.number().int(),
        }),
      ),
    })
    .optional(),
});
export type AgentState = z.output<typeof agentStateSchema>;

const empty = (): AgentState => agentStateSchema.parse({});

/** What was written last: hundreds of records follow each other, and nobody else writes them. */
let lastWritten: { readonly text: string; readonly state: AgentState } | undefined;

/** Reads `bootroot-agent-state-<id>.json`. None is the empty state. @throws `agent_state_malformed` */
export async function readAgentState(path: string): Promise<AgentState> {
  const text = await readTextFileIfPresent(path, { maxBytes: 16 * 1024 * 1024 });
  if (text === undefined) return empty();
  if (text === lastWritten?.text) return lastWritten.state;
  try {
    return agentStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConsoleError('agent_state_malformed', { path }, { cause });
  }
}

interface Change {
  readonly change: (state: AgentState) => AgentState;
  readonly done: (state: AgentState) => void;
  readonly failed: (error: unknown) => void;
}

/** All that has gathered, read once, changed one after another and written once. A change that throws is left out. */
async function writeTogether(path: string, changes: readonly Change[]): Promise<void> {
  try {
    let state = await readAgentState(path);
    const taken: Change[] = [];
    for (const one of changes) {
      try {
        state = one.change(state);
        taken.push(one);
      } catch (error) {
        one.failed(error);
      }
    }
    if (taken.length > 0) {
      const text = `${JSON.stringify(state, null, 2)}\n`;
      await replaceFileAtomic(path, text, { mode: 0o600 });
      lastWritten = { text, state };
    }
    for (const { done } of taken) done(state);
  } catch (error) {
    for (const { failed } of changes) failed(error);
  }
}

/** The changes of one file: one write at a time, and those that come meanwhile in the next. */
class StateWriter {
  readonly #path: string;
  #changes: Change[] = [];
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the first of those that wait must be written, Unix milliseconds. */
  #dueAt = Infinity;

  constructor(path: string) {
    this.#path = path;
  }

  add(change: Change, gatherMs: number): void {
    this.#changes.push(change);
    this.#dueAt = Math.min(this.#dueAt, Date.now() + gatherMs);
    this.#plan();
  }

  #plan(): void {
    if (this.#isWriting) return;
    clearTimeout(this.#timer);
    const wait = this.#dueAt - Date.now();
    if (wait > 0) this.#timer = setTimeout(() => void this.#write(), wait);
    else void this.#write();
  }

  async #write(): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    this.#dueAt = Infinity;
    this.#isWriting = true;
    await writeTogether(this.#path, changes);
    this.#isWriting = false;
    if (this.#changes.length > 0) this.#plan();
    else writers.delete(this.#path);
  }
}

const writers = new Map<string, StateWriter>();

/**
 * Reads, changes and writes back, 0600 when new. What is asked for while a write is under way goes into the next one together: hundreds of
 * certificates are looked at at once. Resolves when the change is on disk, with the state as it was written.
 * @param gatherMs how long the write may wait for others to join; one that cannot wait takes those that do with it
 */
export function changeAgentState(
  path: string,
  change: (state: AgentState) => AgentState,
  gatherMs = 0,
): Promise<AgentState> {
  return new Promise((done, failed) => {
    const writer = writers.get(path) ?? new StateWriter(path);
    writers.set(path, writer);
    writer.add({ change, done, failed }, gatherMs);
  });
}
