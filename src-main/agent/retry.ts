import { isConsoleError, type ErrorCode } from '../../shared/errors.ts';

export type ErrorClass = 'fatal' | 'rate_limited' | 'retryable' | 'cancelled';

/** Trying again at once changes nothing about these; the next check looks again. Whatever is not named may pass by itself. */
const classes: Readonly<Partial<Record<ErrorCode, ErrorClass>>> = {
  cancelled: 'cancelled',
  acme_rate_limited: 'rate_limited',
  responder_rate_limited: 'rate_limited',
  acme_eab_required: 'fatal',
  acme_eab_rejected: 'fatal',
  acme_account_refused: 'fatal',
  acme_bad_csr: 'fatal',
  acme_rejected_identifier: 'fatal',
  acme_caa: 'fatal',
  acme_no_http01: 'fatal',
  responder_hmac: 'fatal',
  responder_clock: 'fatal',
  pins_missing: 'fatal',
  pin_mismatch: 'fatal',
  bundle_without_anchor: 'fatal',
  agent_trust_missing: 'fatal',
  agent_hook_failed: 'fatal',
  agent_not_served: 'fatal',
  agent_trust_untold: 'fatal',
  agent_hardening_failed: 'fatal',
  permission_denied: 'fatal',
  read_only: 'fatal',
  symlink_refused: 'fatal',
};

export const classOf = (error: unknown): ErrorClass =>
  (isConsoleError(error) ? classes[error.code] : undefined) ?? 'retryable';

const longestWaitMs = 15 * 60_000;

/**
 * How long to wait before try `attempt` + 1 (the first try is 0); undefined: give up until the next check.
 * @param backoffSecs the table of `[retry] backoff_secs`: one wait for each further try
 */
export function waitBeforeRetryMs(
  error: unknown,
  attempt: number,
  backoffSecs: readonly number[],
): number | undefined {
  const wait = backoffSecs[attempt];
  if (wait === undefined) return undefined;
  switch (classOf(error)) {
    case 'fatal':
    case 'cancelled':
      return undefined;
    case 'retryable':
      return wait * 1000;
    case 'rate_limited': {
      const told = isConsoleError(error) ? Number(error.data.params['seconds'] ?? 60) * 1000 : 0;
      // A longer pause than this is left to the next check.
      return told > longestWaitMs ? undefined : Math.max(told, wait * 1000);
    }
  }
}
