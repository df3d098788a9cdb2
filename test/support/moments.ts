import { long } from './long.ts';

/** Where a console can be killed in a step: before its effect, after it, and after the journal has it. */
export const moments = ['before', 'after', 'journaled'] as const;
export type Moment = (typeof moments)[number];

/**
 * The moments at which a step is killed: each in turn from step to step, so that a run kills at every step; all of them with
 * `--long`, which takes three times as long.
 */
export function momentsFor(index: number, seed: number): readonly Moment[] {
  if (long) return moments;
  return moments.slice((index + seed) % moments.length).slice(0, 1);
}
