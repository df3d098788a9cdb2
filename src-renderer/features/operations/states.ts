import type { OperationState, Proof, StepState } from '../../../shared/contract/operations.ts';
import type { Status } from '../../ui/status.ts';

export const operationStatus: Record<OperationState, Status> = {
  running: 'pending',
  paused: 'pending',
  done: 'proved',
  pending: 'due',
  failed: 'failed',
  cancelled: 'unknown',
  interrupted: 'overdue',
  undoing: 'pending',
  undone: 'unknown',
};

export const stepStatus: Record<StepState, Status> = {
  waiting: 'unknown',
  running: 'pending',
  done: 'proved',
  skipped: 'unknown',
  failed: 'failed',
  undoing: 'pending',
  undone: 'unknown',
};

export const proofStatus: Record<Proof['outcome'], Status> = {
  proved: 'proved',
  not_proved: 'unknown',
  pending: 'pending',
  contradicted: 'contradicted',
};
