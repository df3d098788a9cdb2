import type { Message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';

/**
 * Steps that do not wait for each other as one: what is asked of a server hides what is written to the disk. Each is checked, resumed and
 * undone as it would be alone; one that fails lets the others end, and then fails all.
 */
export function sideBySide(id: string, title: Message, steps: readonly Step[]): Step {
  const undoable = steps.every((step) => step.undo !== undefined);
  return {
    id,
    title,
    effects: steps.flatMap(({ effects }) => effects),
    async check(run) {
      for (const step of steps) if (!(await step.check(run))) return false;
      return true;
    },
    async apply(run) {
      const parts = steps.map(() => 0);
      const partOf = (index: number): Run => ({
        ...run,
        progress(fraction) {
          parts[index] = fraction;
          run.progress(parts.reduce((sum, part) => sum + part, 0) / parts.length);
        },
      });
      const ends = await Promise.allSettled(
        steps.map(async (step, index) => {
          const part = partOf(index);
          if (!(await step.check(part))) await step.apply(part);
        }),
      );
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    ...(undoable
      ? {
          async undo(run: Run) {
            for (const step of [...steps].reverse()) await step.undo?.(run);
          },
        }
      : {}),
  };
}
