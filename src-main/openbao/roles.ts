/** Parameters of `auth/approle/role/<name>`; durations as OpenBao takes them. */
export interface RoleParameters {
  readonly token_policies: readonly string[];
  readonly token_ttl: string;
  readonly token_max_ttl?: string;
  readonly token_period?: string;
  readonly secret_id_ttl: string;
  readonly secret_id_num_uses: number;
}

/** A role of the tools: token of an hour, renewable within it; secret_id of a day (formats.md "OpenBao"). */
export const toolRole = (policy: string, secretIdTtl = '24h'): RoleParameters => ({
  token_policies: [policy],
  token_ttl: '1h',
  token_max_ttl: '1h',
  secret_id_ttl: secretIdTtl,
  secret_id_num_uses: 0,
});

/**
 * The console's own role. Its token has a period, not a maximum: a session that is renewed stays alive. Its secret_id
 * outlives a holiday, because nothing renews it while the console does not run.
 */
export const consoleRole = (policy: string): RoleParameters => ({
  token_policies: [policy],
  token_ttl: '1h',
  token_period: '1h',
  secret_id_ttl: '2160h',
  secret_id_num_uses: 0,
});

/** The scheduler's: alive as long as it runs, a month when it stands still, renewed by a schedule of its own. */
export const schedulerRole = (policy: string): RoleParameters => ({
  token_policies: [policy],
  token_ttl: '1h',
  token_period: '1h',
  secret_id_ttl: '720h',
  secret_id_num_uses: 0,
});

/** Break-glass: a token long enough for a ceremony; a secret_id that does not expire, for it is needed once in years. */
export const breakGlassRole = (policy: string): RoleParameters => ({
  token_policies: [policy],
  token_ttl: '2h',
  token_max_ttl: '8h',
  secret_id_ttl: '0',
  secret_id_num_uses: 0,
});
