import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestTurns } from './request-turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Requests that end when the test says so, by their number. */
function requests(turns: RequestTurns, count: number) {
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const answers = Array.from({ length: count }, (_, index) =>
    turns.take(() => {
      begun.push(index);
      return new Promise<number>((end) => (ends[index] = () => end(index)));
    }),
  );
  return { begun, answers, end: (index: number) => ends[index]?.() };
}

test('So many requests are under way as it is wide, the others follow in their order.', async () => {
  const { begun, answers, end } = requests(new RequestTurns(2), 4);
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([0, 1]);
  end(1);
  await answers[1];
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([0, 1, 2]);
  end(0);
  end(2);
  await vi.advanceTimersByTimeAsync(0);
  end(3);
  expect(await Promise.all(answers)).toEqual([0, 1, 2, 3]);
});

test('A request that takes long gives its turn away once, and still gets its answer.', async () => {
  const { begun, answers, end } = requests(new RequestTurns(1, 250), 3);
  await vi.advanceTimersByTimeAsync(249);
  expect(begun).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toEqual([0, 1]);
  end(0);
  expect(await answers[0]).toBe(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([0, 1]);
  end(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([0, 1, 2]);
  end(2);
  await answers[2];
});

test('A request that fails gives its turn to the next.', async () => {
  const turns = new RequestTurns(1);
  const failed = turns.take(() => Promise.reject(new Error('reset')));
  const next = turns.take(async () => 'answer');
  await expect(failed).rejects.toThrow('reset');
  expect(await next).toBe('answer');
});
