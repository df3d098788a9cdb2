import { expect, test } from 'vitest';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import { compareItems, standingOf, standingStatus } from './due-status.ts';

const item = (target: RotationItem['target'], rest: Partial<RotationItem> = {}): RotationItem => ({
  target,
  kind: `rotate.${target}`,
  title: { key: 'rotation.target.db' },
  input: {},
  due: 'ok',
  touches: [],
  ...rest,
});

test('what nobody knows and what nobody asked for is not green', () => {
  expect(standingStatus[standingOf({ due: 'unknown', policyDays: 30 })]).toBe('unknown');
  expect(standingStatus[standingOf({ due: 'unknown' })]).toBe('unknown');
  expect(standingStatus[standingOf({ due: 'ok' })]).toBe('unknown');
  expect(standingStatus[standingOf({ due: 'ok', policyDays: 30 })]).toBe('proved');
});

test('sorts what needs the operator to the top, and by name where that decides nothing', () => {
  const items = [
    item('db', { policyDays: 90 }),
    item('trust-sync'),
    item('responder-hmac', { due: 'overdue', policyDays: 1 }),
    item('stepca-password', { due: 'unknown', policyDays: 1 }),
    item('approle-secret-id', { due: 'due', policyDays: 1 }),
    item('console-credentials', { policyDays: 30 }),
  ];
  const sorted = items.sort(compareItems('state', ({ target }) => target)).map(({ target }) => target);
  expect(sorted).toEqual([
    'responder-hmac',
    'approle-secret-id',
    'stepca-password',
    'console-credentials',
    'db',
    'trust-sync',
  ]);
});

test('what has no time comes after what has one', () => {
  const items = [item('db'), item('trust-sync', { changedAt: 5 }), item('responder-hmac', { changedAt: 3 })];
  expect(items.sort(compareItems('age', ({ target }) => target)).map(({ changedAt }) => changedAt)).toEqual([
    3,
    5,
    undefined,
  ]);
});
