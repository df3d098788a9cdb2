import type { AgentState } from './state-file.ts';

/** What fast-poll follows, beside reissue requests. */
export type Item = 'trust' | 'secret_id' | 'responder_hmac' | 'eab';
type Followed = Item | 'reissue';
type SeenKey = `last_${Followed}_seen_version`;

/** One version of a KV path. */
export interface Version {
  readonly version: number;
  /** `created_time` as OpenBao gives it. */
  readonly createdAt?: string;
}

/**
 * Whether a version is new. Numbers only grow while a path lives; a smaller one, or the same one made at another time, is a path that
 * was made anew (`reinit`, removed and added again) and starts from the beginning.
 */
export function isNewVersion(
  state: AgentState,
  item: Followed,
  id: string,
  { version, createdAt }: Version,
): boolean {
  const key: SeenKey = `last_${item}_seen_version`;
  const seen = state[key][id];
  if (seen === undefined || version !== seen) return true;
  const created = state.console_seen_created?.[item]?.[id];
  return created !== undefined && createdAt !== undefined && created !== createdAt;
}

/** The state with this version noted. */
export function withSeen(
  state: AgentState,
  item: Followed,
  id: string,
  { version, createdAt }: Version,
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
