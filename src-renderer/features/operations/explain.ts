import type { Operation } from '../../../shared/contract/operations.ts';
import { isUnderWay } from './records.ts';

type Step = Operation['steps'][number];

/** Where an operation stopped, what is sure of its effects, and what is not. */
export interface Explanation {
  /** The step it stopped in, or before which; undefined: after the last one. */
  readonly at: Step | undefined;
  /** Unix milliseconds. */
  readonly since: number;
  /** In effect, or there before. */
  readonly sure: readonly Step[];
  /** May be in effect wholly, in part, or not at all. */
  readonly unsure: readonly Step[];
  /** Taken back. */
  readonly undone: readonly Step[];
  readonly notBegun: readonly Step[];
}

const having = (steps: readonly Step[], ...states: readonly Step['state'][]): Step[] =>
  steps.filter(({ state }) => states.includes(state));

/** Undefined for an operation that runs or that came to its end. */
export function explain(operation: Operation): Explanation | undefined {
  const { steps, state } = operation;
  if (isUnderWay(operation) || state === 'done' || state === 'pending' || state === 'undone')
    return undefined;
  const unsure = having(steps, 'running', 'undoing', 'failed');
  const notBegun = having(steps, 'waiting');
  return {
    at: unsure[0] ?? notBegun[0],
    since: operation.endedAt ?? operation.startedAt,
    sure: having(steps, 'done', 'skipped'),
    unsure,
    undone: having(steps, 'undone'),
    notBegun,
  };
}
