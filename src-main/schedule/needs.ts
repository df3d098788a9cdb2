import type { CredentialExpiry } from '../../shared/contract/credential-expiry.ts';
import type { Need } from '../../shared/contract/home.ts';
import type { ScheduleList, TokenFinding } from '../../shared/contract/schedules.ts';
import { message } from '../../shared/message.ts';

const page = { type: 'page', label: message('schedule.need.action'), to: '/schedules' } as const;
const runner = {
  type: 'page',
  label: message('schedule.need.action_runner'),
  to: '/schedules/runner',
} as const;

/** What the schedules themselves need: somebody who runs them, and runs that did not come or failed. */
export function scheduleNeeds({ schedules, scheduler }: ScheduleList): Need[] {
  const needs: Need[] = schedules.flatMap(({ id, missedSince, lastRun, enabled }): Need[] => {
    if (!enabled) return [];
    if (missedSince !== undefined)
      return [
        {
          id: `schedule-missed-${id}`,
          severity: 'warning',
          title: message('schedule.need.missed', { id }),
          since: missedSince,
          action: scheduler === undefined ? runner : page,
        },
      ];
    if (lastRun?.outcome !== 'failed' && lastRun?.outcome !== 'refused') return [];
    return [
      {
        id: `schedule-failed-${id}`,
        severity: 'warning',
        title: message('schedule.need.failed', { id }),
        since: lastRun.at,
        ...(lastRun.error === undefined
          ? {}
          : { detail: message(`error.${lastRun.error.code}.what`, lastRun.error.params) }),
        action: page,
      },
    ];
  });
  return needs;
}

/** Tokens that whoever reads a crontab or a unit holds; one need for each place. */
export const tokenNeeds = (findings: readonly TokenFinding[]): Need[] =>
  findings.map(({ path, line, name }) => ({
    id: `token-${path}:${line}`,
    severity: 'warning',
    title: message('schedule.need.token', { path }),
    detail: message('schedule.need.token_detail', { name, line }),
    action: runner,
  }));

/** A secret_id with its whole life, unix milliseconds. */
interface Life {
  readonly name: string;
  readonly since: number;
  readonly expiresAt: number;
}

/**
 * The dead-man alarm (failure mode C8): a secret_id that has lived half of its life was not renewed by whoever should have. Only the first
 * to end is named. Where nothing ends nothing is said.
 */
export function deadManNeed(items: readonly CredentialExpiry[], now: number): Need[] {
  const old = items
    .flatMap(({ kind, name, since, expiresAt }): Life[] =>
      (kind === 'secret_id' || kind === 'console_secret_id') && since !== undefined && expiresAt !== undefined
        ? [{ name, since, expiresAt }]
        : [],
    )
    .filter(({ since, expiresAt }) => now - since >= (expiresAt - since) / 2)
    .sort((one, other) => one.expiresAt - other.expiresAt);
  const [first] = old;
  if (first === undefined) return [];
  const { name, since, expiresAt } = first;
  return [
    {
      id: 'dead-man',
      severity: now - since >= ((expiresAt - since) * 3) / 4 ? 'critical' : 'warning',
      title: message('schedule.need.deadman', { name }),
      detail: message('schedule.need.deadman_detail', {
        at: new Date(expiresAt).toISOString(),
        count: old.length,
      }),
      since: since + (expiresAt - since) / 2,
      action: page,
    },
  ];
}
