import { expect, test } from 'vitest';
import type { Operation, StepState } from '../../../shared/contract/operations.ts';
import { explain } from './explain.ts';

const operation = (state: Operation['state'], states: readonly StepState[]): Operation => ({
  id: 'o',
  kind: 'rotate.db',
  title: { key: 'rotation.db.title' },
  state,
  actor: 'kim',
  startedAt: 5,
  endedAt: 9,
  planDigest: '',
  progress: 0,
  steps: states.map((step, index) => ({
    id: String(index),
    title: { key: 'rotation.db.title' },
    state: step,
    undoable: true,
  })),
  proofs: [],
  changes: [],
  secretInputs: [],
  canResume: true,
  canUndo: true,
  canCancel: false,
});
const ids = (steps: readonly { readonly id: string }[] | undefined): string =>
  (steps ?? []).map(({ id }) => id).join('');

test('a cut-off operation: finished steps are sure, the one that ran is not, the rest never began', () => {
  const found = explain(operation('interrupted', ['done', 'skipped', 'running', 'waiting', 'waiting']));
  expect([ids(found?.sure), ids(found?.unsure), ids(found?.notBegun)]).toEqual(['01', '2', '34']);
  expect([found?.at?.id, found?.since]).toEqual(['2', 9]);
});

test('one that failed is not sure of the step that failed', () => {
  expect(ids(explain(operation('failed', ['done', 'failed', 'waiting']))?.unsure)).toBe('1');
});

test('one that was stopped at a safe point is sure of everything and names what would come next', () => {
  const found = explain(operation('cancelled', ['done', 'waiting']));
  expect([ids(found?.unsure), found?.at?.id]).toEqual(['', '1']);
});

test('one that was cut off while it was undone says what was taken back', () => {
  const found = explain(operation('interrupted', ['done', 'undoing', 'undone']));
  expect([ids(found?.sure), ids(found?.unsure), ids(found?.undone)]).toEqual(['0', '1', '2']);
});

test.each(['running', 'paused', 'undoing', 'done', 'pending', 'undone'] as const)(
  'there is nothing to explain of one that is %s',
  (state) => {
    expect(explain(operation(state, ['done']))).toBeUndefined();
  },
);
