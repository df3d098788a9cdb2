import { expect, test } from 'vitest';
import { combinations } from './combinations.ts';

test('every choice once, the newest first', () => {
  expect([...combinations(['a', 'b', 'c'], 2)]).toEqual([
    ['b', 'c'],
    ['a', 'c'],
    ['a', 'b'],
  ]);
  expect([...combinations(['a'], 0)]).toEqual([[]]);
  expect([...combinations(['a'], 2)]).toEqual([]);
  expect([...combinations([1, 2, 3, 4, 5, 6], 3)]).toHaveLength(20);
});
