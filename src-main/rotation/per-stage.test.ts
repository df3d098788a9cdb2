import { expect, test } from 'vitest';
import type { Run, Stage } from '../operations/types.ts';
import { perStage } from './per-stage.ts';

function runWith(read: () => Promise<string>): Run {
  const stage: Stage = {
    read: async () => undefined,
    write: async () => undefined,
    once: read,
    remove: async () => undefined,
  };
  return {
    operationId: 'op',
    signal: new AbortController().signal,
    stage,
    log: () => undefined,
    progress: () => undefined,
    secret: () => '',
    prove: () => undefined,
    changed: () => undefined,
  };
}

test('read once for a run, also by those who ask at the same time; anew for another; after a failure again', async () => {
  let reads = 0;
  const value = perStage((run: Run) => run.stage.once('value', () => ''));
  const first = runWith(async () => {
    reads += 1;
    if (reads === 1) throw new Error('disk');
    return `value ${String(reads)}`;
  });
  await expect(value(first)).rejects.toThrow('disk');
  expect(await Promise.all([value(first), value({ ...first }), value(first)])).toEqual(
    Array.from({ length: 3 }, () => 'value 2'),
  );
  expect(await value(runWith(async () => 'another'))).toBe('another');
  expect(await value(first)).toBe('value 2');
});
