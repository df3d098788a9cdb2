import { expect, test } from 'vitest';
import { batched } from './batched.ts';

const never = new AbortController().signal;

test('what comes together goes on together, in order, and a large burst in pieces', async () => {
  async function* burst(): AsyncGenerator<number> {
    for (let index = 0; index < 2_500; index += 1) yield index;
  }
  const batches: number[][] = [];
  for await (const batch of batched(burst, never)) batches.push(batch);
  expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  expect(batches.flat()).toEqual(Array.from({ length: 2_500 }, (_, index) => index));
});

test('a failure comes after what came before it', async () => {
  async function* breaking(): AsyncGenerator<string> {
    yield 'one';
    throw new Error('gone');
  }
  const seen: string[][] = [];
  const reading = (async () => {
    for await (const batch of batched(breaking, never)) seen.push(batch);
  })();
  await expect(reading).rejects.toThrow('gone');
  expect(seen).toEqual([['one']]);
});

test('a reader that stops ends a source that waits', async () => {
  let ended = false;
  async function* waiting(signal: AbortSignal): AsyncGenerator<string> {
    yield 'one';
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    ended = true;
  }
  for await (const batch of batched(waiting, never)) {
    expect(batch).toEqual(['one']);
    break;
  }
  expect(ended).toBe(true);
});
