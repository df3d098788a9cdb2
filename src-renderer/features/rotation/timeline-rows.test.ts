import { expect, test } from 'vitest';
import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';
import { marks, placeOf, spanOf, timelineRows } from './timeline-rows.ts';

const hour = 3_600_000;
const now = Date.UTC(2030, 0, 1);
const item = (
  name: string,
  left: number | undefined,
  rest: Partial<CredentialExpiry> = {},
): CredentialExpiry => ({
  id: name,
  kind: 'leaf',
  name,
  limit: left === undefined ? 'unknown' : 'certificate',
  ...(left === undefined ? {} : { expiresAt: now + left }),
  ...rest,
});

test.each([
  [-1, 'ended'],
  [0, 'ended'],
  [1, 'hour'],
  [hour, 'hour'],
  [hour + 1, 'day'],
  [25 * hour, 'week'],
  [8 * 24 * hour, 'month'],
  [31 * 24 * hour, 'year'],
  [400 * 24 * hour, 'later'],
])('what ends in %d ms is in the span %s', (left, span) => {
  expect(spanOf(item('a', left), now)).toBe(span);
});

test('what is not known is not said to last', () => {
  expect(spanOf(item('a', undefined), now)).toBe('unknown');
  expect(spanOf(item('a', undefined, { limit: 'none' }), now)).toBe('never');
});

test('the axis has room for an hour and for ten years, in order, and holds everything', () => {
  const places = marks.map(({ at }) => placeOf(at));
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(Math.min(...places)).toBeGreaterThan(0.05);
  expect(Math.max(...places)).toBeLessThan(1);
  expect([placeOf(-hour), placeOf(0), placeOf(Number.MAX_SAFE_INTEGER)]).toEqual([0, 0, 1]);
});

const shown = (rows: ReturnType<typeof timelineRows>): string[] =>
  rows.map((row) => (row.type === 'group' ? `${row.id} ${row.count}` : row.item.name));

test('groups by span, the soonest first, and folds', () => {
  const items = [
    item('year', 300 * 24 * hour),
    item('b', 2 * hour),
    item('a', 2 * hour),
    item('gone', -5),
    item('who', undefined),
  ];
  expect(shown(timelineRows(items, 'span', new Set(), now))).toEqual([
    'ended 1',
    'gone',
    'day 2',
    'a',
    'b',
    'year 1',
    'year',
    'unknown 1',
    'who',
  ]);
  expect(shown(timelineRows(items, 'span', new Set(['day', 'unknown']), now))).toEqual([
    'ended 1',
    'gone',
    'day 2',
    'year 1',
    'year',
    'unknown 1',
  ]);
});

test('groups by kind in the order of the first end of each', () => {
  const items = [
    item('ca', 900 * hour, { kind: 'root' }),
    item('b', 9 * hour),
    item('a', undefined),
    item('s', hour, { kind: 'secret_id' }),
  ];
  expect(shown(timelineRows(items, 'kind', new Set(), now))).toEqual([
    'secret_id 1',
    's',
    'leaf 2',
    'b',
    'a',
    'root 1',
    'ca',
  ]);
  expect(timelineRows([], 'kind', new Set(), now)).toEqual([]);
});
