import { expect, test } from 'vitest';
import { dueOf, usualPolicies } from './due.ts';

const day = 24 * 3600 * 1000;
const now = Date.UTC(2030, 0, 1);

test.each([
  [0, 'ok'],
  [29.99, 'ok'],
  [30, 'due'],
  [59.99, 'due'],
  [60, 'overdue'],
  [4000, 'overdue'],
  // A clock that went back: nothing is late because of it.
  [-3, 'ok'],
])('%s days old under a policy of 30 days is %s', (age, due) => {
  expect(dueOf(now - age * day, 30, now)).toEqual({ due, dueAt: now - age * day + 30 * day });
});

test('without a policy nothing is ever due', () => {
  expect(dueOf(0, undefined, now)).toEqual({ due: 'ok' });
  expect(dueOf(undefined, undefined, now)).toEqual({ due: 'ok' });
});

test('an age that nobody knows is not taken for a good one', () => {
  expect(dueOf(undefined, 30, now)).toEqual({ due: 'unknown' });
});

test('a secret_id is due at half of its life', () => {
  const { due } = dueOf(now - 12 * 3600 * 1000, usualPolicies['approle-secret-id'], now);
  expect(due).toBe('due');
});
