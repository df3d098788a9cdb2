import { expect, test } from 'vitest';
import type { Operation } from '../../../shared/contract/operations.ts';
import { rotationsIn, targetsIn } from './history-rows.ts';

const operation = (kind: string, startedAt: number): Operation => ({
  id: `${kind} ${startedAt}`,
  kind,
  title: { key: 'rotation.db.title' },
  state: 'done',
  actor: 'kim',
  startedAt,
  planDigest: '',
  progress: 1,
  steps: [],
  proofs: [],
  changes: [],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: false,
});

const all = [
  operation('rotate.db', 1),
  operation('service.add', 5),
  operation('rotate.trust-sync', 3),
  operation('rotate.db', 9),
];

test('the history has rotations only, the newest first', () => {
  expect(rotationsIn(all, undefined).map(({ startedAt }) => startedAt)).toEqual([9, 3, 1]);
  expect(rotationsIn(all, 'db').map(({ startedAt }) => startedAt)).toEqual([9, 1]);
  expect(rotationsIn(all, 'd')).toEqual([]);
});

test('only targets that were rotated are offered', () => {
  expect(targetsIn(all)).toEqual(['db', 'trust-sync']);
  expect(targetsIn([])).toEqual([]);
});
