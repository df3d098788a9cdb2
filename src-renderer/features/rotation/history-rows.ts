import type { Operation } from '../../../shared/contract/operations.ts';

const prefix = 'rotate.';

/** The rotations among all operations, newest first. @param target undefined: of every target */
export const rotationsIn = (operations: readonly Operation[], target: string | undefined): Operation[] =>
  operations
    .filter(({ kind }) => (target === undefined ? kind.startsWith(prefix) : kind === `${prefix}${target}`))
    .sort((a, b) => b.startedAt - a.startedAt);

/** Targets that were ever rotated, in order of their name. */
export const targetsIn = (operations: readonly Operation[]): string[] =>
  [...new Set(rotationsIn(operations, undefined).map(({ kind }) => kind.slice(prefix.length)))].sort();
