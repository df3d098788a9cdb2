import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, digestOf } from './canonical.ts';

/** The same value with the keys of every object in another order. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
};

test('is JSON of the same value, whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test('tells different values apart', () => {
  const values = [
    {},
    [],
    null,
    '',
    0,
    false,
    { a: null },
    { a: [] },
    { a: { b: 1 } },
    ['a', 'b'],
    [['a'], 'b'],
    '{}',
    { 'a":1,"b': 2 },
    { a: 1, b: 2 },
  ];
  expect(new Set(values.map(digestOf)).size).toBe(values.length);
});

test('what is not there has no say', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  expect(canonicalJson([undefined])).toBe('[null]');
});
