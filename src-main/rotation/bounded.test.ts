import { expect, test } from 'vitest';
import { eachBounded, everyBounded, width } from './bounded.ts';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

test('every item once, never more than the width at a time, and progress to the end', async () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const seen: number[] = [];
  const parts: number[] = [];
  let running = 0;
  let most = 0;
  await eachBounded(
    items,
    async (item) => {
      running += 1;
      most = Math.max(most, running);
      await pause();
      seen.push(item);
      running -= 1;
    },
    (part) => parts.push(part),
  );
  expect([...seen].sort((a, b) => a - b)).toEqual(items);
  expect(most).toBe(width);
  expect(parts.at(-1)).toBe(1);
});

test('a failure ends the rest, after what is under way', async () => {
  let begun = 0;
  let ended = 0;
  const job = async (item: number): Promise<void> => {
    begun += 1;
    await pause();
    if (item === 3) throw new Error('three');
    ended += 1;
  };
  await expect(
    eachBounded(
      Array.from({ length: 1000 }, (_, index) => index),
      job,
    ),
  ).rejects.toThrow('three');
  expect(begun).toBeLessThan(100);
  expect(ended).toBe(begun - 1);
});

test('nothing to do is done', async () => {
  await eachBounded([], () => Promise.reject(new Error('called')));
});

test('whether all pass; after one that does not, only those under way are asked', async () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const asked: number[] = [];
  const below = (limit: number) => async (item: number) => {
    asked.push(item);
    await pause();
    return item < limit;
  };
  expect(await everyBounded(items, below(100))).toBe(true);
  expect(asked.length).toBe(100);
  asked.length = 0;
  expect(await everyBounded(items, below(3))).toBe(false);
  expect(asked.length).toBeLessThanOrEqual(2 * width);
  expect(await everyBounded([], below(0))).toBe(true);
});
