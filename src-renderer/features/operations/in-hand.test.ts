import { expect, it } from 'vitest';
import type { Operation, OperationState } from '../../../shared/contract/operations.ts';
import { inHand } from './in-hand.ts';

const operation = (id: string, state: OperationState): Operation => ({
  id,
  kind: 'service.issue',
  title: { key: 'services.issueNow' },
  actor: 'kim',
  planDigest: '',
  state,
  startedAt: 0,
  progress: 0,
  steps: [],
  proofs: [],
  changes: [],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: false,
});

it('is the newest under way, and only when pinned the newest that has ended', () => {
  const ended = operation('ended', 'done');
  const older = operation('older', 'running');
  expect(inHand([ended, operation('newer', 'undoing'), older], false)?.id).toBe('newer');
  expect(inHand([ended, older], true)?.id).toBe('older');
  expect(inHand([ended], false)).toBeUndefined();
  expect(inHand([ended], true)?.id).toBe('ended');
  expect(inHand([], true)).toBeUndefined();
});
