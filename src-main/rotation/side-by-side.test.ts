import { describe, expect, it } from 'vitest';
import { message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';
import { sideBySide } from './side-by-side.ts';

const title = message('rotation.step.prove');

/** A step that does what it is told, and notes it. */
function noted(id: string, seen: string[], own: Partial<Step> = {}): Step {
  return {
    id,
    title,
    effects: [{ kind: 'file', path: `/${id}`, action: 'change' }],
    check: async () => false,
    apply: async () => void seen.push(`apply ${id}`),
    undo: async () => void seen.push(`undo ${id}`),
    ...own,
  };
}
const run = (told: number[] = []): Run =>
  ({ progress: (fraction: number) => void told.push(fraction) }) as unknown as Run;

describe('steps side by side', () => {
  it('are one step with the effects of all, under way at once', async () => {
    const seen: string[] = [];
    let go = (): void => undefined;
    const waits = new Promise<void>((resolve) => (go = resolve));
    const slow = noted('slow', seen, { apply: () => waits.then(() => void seen.push('apply slow')) });
    const both = sideBySide('both', title, [slow, noted('fast', seen, { apply: async () => go() })]);
    expect(both.effects).toMatchObject([{ path: '/slow' }, { path: '/fast' }]);
    await both.apply(run());
    expect(seen).toEqual(['apply slow']);
  });

  it('are there when all are, and only what is missing is done again', async () => {
    const seen: string[] = [];
    const there = noted('there', seen, { check: async () => true });
    const both = sideBySide('both', title, [there, noted('missing', seen)]);
    expect(await both.check(run())).toBe(false);
    await both.apply(run());
    expect(seen).toEqual(['apply missing']);
    expect(await sideBySide('both', title, [there, there]).check(run())).toBe(true);
  });

  it('fail together, after the others have ended', async () => {
    const seen: string[] = [];
    const bad = noted('bad', seen, { apply: () => Promise.reject(new Error('no')) });
    const late = noted('late', seen, {
      apply: () => new Promise((resolve) => setTimeout(resolve, 20)).then(() => void seen.push('late')),
    });
    await expect(sideBySide('both', title, [bad, late]).apply(run())).rejects.toThrow('no');
    expect(seen).toEqual(['late']);
  });

  it('are undone backwards, and not at all where one cannot be', async () => {
    const seen: string[] = [];
    await sideBySide('both', title, [noted('a', seen), noted('b', seen)]).undo?.(run());
    expect(seen).toEqual(['undo b', 'undo a']);
    const fixed = noted('c', seen);
    delete fixed.undo;
    expect(sideBySide('both', title, [noted('a', seen), fixed])).not.toHaveProperty('undo');
  });

  it('tell how far all of them are', async () => {
    const told: number[] = [];
    const step = noted('a', [], { apply: async (part) => part.progress(1) });
    await sideBySide('both', title, [
      step,
      noted('b', [], { apply: async (part) => part.progress(0.5) }),
    ]).apply(run(told));
    expect(told).toEqual([0.5, 0.75]);
  });
});
