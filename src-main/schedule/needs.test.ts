import { expect, test } from 'vitest';
import type { CredentialExpiry } from '../../shared/contract/credential-expiry.ts';
import { message } from '../../shared/message.ts';
import { deadManNeed, scheduleNeeds } from './needs.ts';

const hour = 3_600_000;
const secretId = (name: string, since: number, expiresAt?: number): CredentialExpiry => ({
  id: name,
  kind: 'secret_id',
  name,
  limit: 'issued',
  since,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

test('half of the shortest life without a renewal is an alarm, three quarters a loud one', () => {
  const items = [secretId('week', 0, 168 * hour), secretId('day', 0, 24 * hour), secretId('ever', 0)];
  expect(deadManNeed(items, 12 * hour - 1)).toEqual([]);
  expect(deadManNeed(items, 12 * hour)).toMatchObject([
    { severity: 'warning', since: 12 * hour, title: { params: { name: 'day' } } },
  ]);
  expect(deadManNeed(items, 18 * hour)).toMatchObject([{ severity: 'critical' }]);
  expect(deadManNeed([secretId('day', 12 * hour, 36 * hour)], 18 * hour)).toEqual([]);
});

test('missed and failed runs are told, of what is switched off nothing', () => {
  const schedule = {
    id: 'a',
    kind: 'k',
    input: {},
    cron: '',
    timezone: '',
    title: message('schedule.title'),
  };
  const failed = { dueAt: 1, at: 2, outcome: 'failed' } as const;
  const ids = (more: object, enabled = true) =>
    scheduleNeeds({ schedules: [{ ...schedule, enabled, ...more }] }).map(({ id }) => id);
  expect(ids({ missedSince: 5, lastRun: failed })).toEqual(['schedule-missed-a']);
  expect(ids({ lastRun: failed })).toEqual(['schedule-failed-a']);
  expect(ids({ lastRun: { ...failed, outcome: 'done' } })).toEqual([]);
  expect(ids({ missedSince: 5 }, false)).toEqual([]);
});
