import type { Run, Stage } from '../operations/types.ts';

/**
 * What a run has staged, read from the disk once however often it is asked for: a value that a thousand paths are compared with
 * need not be read and parsed a thousand times. Only for what never changes once it is staged.
 */
export function perStage<T>(read: (run: Run) => Promise<T>): (run: Run) => Promise<T> {
  const known = new WeakMap<Stage, Promise<T>>();
  return (run) => {
    const there = known.get(run.stage);
    if (there !== undefined) return there;
    const reading = read(run).catch((error: unknown) => {
      known.delete(run.stage);
      throw error;
    });
    known.set(run.stage, reading);
    return reading;
  };
}
