import type { Operation, Plan, StepState } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { Prepared, Step } from './types.ts';
import { digestOf } from './canonical.ts';

const atRest = ['failed', 'cancelled', 'interrupted', 'paused'] as const;

/** Whether an undo has something to take back: what a skipped step would have made was there before the operation. */
export const begun = (state: StepState | undefined): boolean =>
  state !== undefined && !['waiting', 'undone', 'skipped'].includes(state);

/** Whether it can be neither resumed nor undone any more: what it staged is of no use to anybody. */
export const needsNoStage = (state: Operation['state']): boolean =>
  state === 'done' || state === 'pending' || state === 'undone';

/** Whether some process works on it, or died while it did. */
export const isUnderWay = ({ state }: Operation): boolean => state === 'running' || state === 'undoing';

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

/**
 * The steps of a resume or an undo are those that the journal knows; else an undo would pass over what it must take back.
 * @throws `steps_changed` naming the first that is missing on either side
 */
export function checkSteps(
  operation: Operation,
  steps: readonly Step[],
  direction: 'forward' | 'back',
): void {
  const made = new Set(steps.map(({ id }) => id));
  const known = new Set(operation.steps.map(({ id }) => id));
  const needed = operation.steps.filter(({ state }) =>
    direction === 'back' ? begun(state) : !['done', 'skipped'].includes(state),
  );
  const lost = needed.find(({ id }) => !made.has(id))?.id;
  const added = direction === 'forward' ? [...made].find((id) => !known.has(id)) : undefined;
  const step = lost ?? added;
  if (step !== undefined) throw new ConsoleError('steps_changed', { step });
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
