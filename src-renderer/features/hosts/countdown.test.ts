import { expect, test } from 'vitest';
import { clockOf } from './countdown.tsx';

test('minutes and seconds, hours where there are any, never below zero', () => {
  expect([clockOf(1_799_999), clockOf(5_399_000), clockOf(61_000), clockOf(-5)]).toEqual([
    '29:59',
    '1:29:59',
    '01:01',
    '00:00',
  ]);
});
