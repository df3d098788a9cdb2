import { expect, test } from 'vitest';
import { merged } from './merged.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function* counting(name: string, to: number): AsyncGenerator<string> {
  for (let count = 1; count <= to; count += 1) {
    if (count % 100 === 0) await later();
    yield `${name}${String(count)}`;
  }
}

test('nothing is lost and each source keeps its order, also with a slow reader', async () => {
  const seen: string[] = [];
  const { signal } = new AbortController();
  for await (const item of merged([() => counting('a', 2_500), () => counting('b', 2_500)], signal)) {
    if (seen.length % 500 === 0) await later();
    seen.push(item);
  }
  for (const name of ['a', 'b'])
    expect(seen.filter((item) => item.startsWith(name))).toEqual(
      Array.from({ length: 2_500 }, (_, index) => `${name}${String(index + 1)}`),
    );
});

test('a reader that stops, and a signal, end every source', async () => {
  const ended: string[] = [];
  const endless = (name: string) =>
    async function* (stop: AbortSignal): AsyncGenerator<string> {
      try {
        while (!stop.aborted) {
          await later();
          yield name;
        }
      } finally {
        ended.push(name);
      }
    };
  const sources = [endless('a'), endless('b')];
  for await (const item of merged(sources, new AbortController().signal)) if (item === 'b') break;
  expect(ended.sort()).toEqual(['a', 'b']);
  const control = new AbortController();
  for await (const item of merged(sources, control.signal)) if (item === 'b') control.abort();
  expect(ended).toHaveLength(4);
});

test('a source that fails ends the others and is what the reader hears', async () => {
  const failing = async function* (): AsyncGenerator<string> {
    yield 'a';
    await later();
    throw new Error('gone');
  };
  const read = async (): Promise<void> => {
    for await (const item of merged([() => counting('a', 10), failing], new AbortController().signal))
      expect(item).toMatch(/^a/);
  };
  await expect(read()).rejects.toThrow('gone');
});
