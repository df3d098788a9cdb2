import type { Operation, Plan, StepState } from '../../shared/contract/operations.ts';
import type { Prepared, Step } from './types.ts';
import { digestOf } from './canonical.ts';

const atRest = ['failed', 'cancelled', 'interrupted', 'paused'] as const;

const begun = (state: StepState): boolean => !['waiting', 'undone'].includes(state);

/** What the operator may do with an operation in this state. */
export function withChoices(operation: Operation, direction: 'forward' | 'back'): Operation {
  const resting = (atRest as readonly string[]).includes(operation.state);
  return {
    ...operation,
    canResume: resting && direction === 'forward',
    canUndo: resting && operation.steps.every((step) => step.undoable || !begun(step.state)),
    canCancel: operation.state === 'running',
  };
}

/** Done steps by weight, and the running one by its own progress. */
export function progressOf(operation: Operation, steps: readonly Step[], within: number): number {
  const weight = (id: string): number => steps.find((step) => step.id === id)?.weight ?? 1;
  const total = operation.steps.reduce((sum, step) => sum + weight(step.id), 0);
  const done = operation.steps.reduce((sum, step) => {
    if (step.state === 'done' || step.state === 'skipped') return sum + weight(step.id);
    return step.state === 'running' ? sum + weight(step.id) * within : sum;
  }, 0);
  return total === 0 ? 1 : Math.min(1, done / total);
}

/** The plan as hosts see it; its digest is over kind, input and every effect. */
export function planOf(kind: string, input: unknown, prepared: Prepared): Plan {
  const steps = prepared.steps.map((step) => ({
    id: step.id,
    title: step.title,
    effects: [...step.effects],
    undoable: step.undo !== undefined,
  }));
  return {
    kind,
    title: prepared.title,
    summary: prepared.summary,
    steps,
    preconditions: [...prepared.preconditions],
    secretInputs: [...(prepared.secretInputs ?? [])],
    confirm: prepared.confirm,
    digest: digestOf({ kind, input, steps }),
  };
}

/** The record of an operation that begins now. */
export function newOperation(id: string, plan: Plan, actor: string, now: number): Operation {
  return {
    id,
    kind: plan.kind,
    title: plan.title,
    state: 'running',
    actor,
    startedAt: now,
    planDigest: plan.digest,
    progress: 0,
    steps: plan.steps.map(({ id: stepId, title, undoable }) => ({
      id: stepId,
      title,
      state: 'waiting',
      undoable,
    })),
    proofs: [],
    changes: [],
    secretInputs: plan.secretInputs,
    canResume: false,
    canUndo: false,
    canCancel: true,
  };
}
