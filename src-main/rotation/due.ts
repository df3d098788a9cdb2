import type { DueState, RotationTarget } from '../../shared/contract/rotation.ts';

const day = 24 * 3600 * 1000;

/**
 * Days until a secret is due when the operator has set nothing. A secret_id lives for a day, so it is due at half of it
 * (failure mode C8); trust and leaves have no age of their own.
 */
export const usualPolicies: Readonly<Record<RotationTarget, number | undefined>> = {
  'approle-secret-id': 0.5,
  'trust-sync': undefined,
  'responder-hmac': 90,
  'force-reissue': undefined,
  'stepca-password': 365,
  db: 90,
  'console-credentials': 30,
  // By the CA's own end, which the timeline tells.
  'ca-key': undefined,
  // Custodians change when people do, not by the calendar.
  'openbao-recovery': undefined,
  // Another one decides: whoever runs the CA.
  eab: undefined,
  // By the certificates' own end, which the list of certificates tells.
  'infra-tls': undefined,
  'acme-account-key': 365,
};

/**
 * When a secret is due, and how late it is.
 * @param changedAt unix milliseconds; undefined when nobody knows
 * @param policyDays undefined: no policy
 */
export function dueOf(
  changedAt: number | undefined,
  policyDays: number | undefined,
  now: number,
): { readonly due: DueState; readonly dueAt?: number } {
  if (policyDays === undefined) return { due: 'ok' };
  if (changedAt === undefined) return { due: 'unknown' };
  const dueAt = changedAt + policyDays * day;
  // Twice the time: nobody can call it an oversight any more.
  if (now >= changedAt + 2 * policyDays * day) return { due: 'overdue', dueAt };
  return { due: now >= dueAt ? 'due' : 'ok', dueAt };
}
