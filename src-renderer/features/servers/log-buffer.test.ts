import { expect, test } from 'vitest';
import type { LogLine } from '../../../shared/contract/topology.ts';
import { everything, kept, LogBuffer } from './log-buffer.ts';

const line = (index: number, level: LogLine['level'] = 'info'): LogLine => ({
  server: index % 2 === 0 ? 'openbao' : 'step-ca',
  level,
  text: `Event ${String(index)}`,
});
const batch = (from: number, count: number): LogLine[] =>
  Array.from({ length: count }, (_, index) =>
    line(from + index, (from + index) % 10 === 0 ? 'error' : 'info'),
  );
const search = (buffer: LogBuffer): void => {
  while (buffer.search());
};

test('rows are the lines that pass, also those that come later', () => {
  const buffer = new LogBuffer();
  buffer.push(batch(0, 100));
  expect([buffer.rows, buffer.rowAt(99)?.text]).toEqual([100, 'Event 99']);
  buffer.setFilter({ text: 'event 7', level: 'debug', source: undefined });
  search(buffer);
  expect(Array.from({ length: buffer.rows }, (_, index) => buffer.rowAt(index)?.text)).toEqual([
    'Event 7',
    ...Array.from({ length: 10 }, (_, index) => `Event 7${index}`),
  ]);
  buffer.push([line(700)]);
  expect(buffer.rowAt(buffer.rows - 1)?.text).toBe('Event 700');
  buffer.setFilter({ text: '', level: 'warn', source: 'openbao' });
  search(buffer);
  expect([buffer.rows, buffer.rowAt(1)?.text]).toEqual([10, 'Event 10']);
  buffer.setFilter(everything);
  expect(buffer.rows).toBe(101);
});

test('the oldest go when there are too many, and what is in sight keeps its number', () => {
  const buffer = new LogBuffer();
  for (let from = 0; from < kept + 20_000; from += 1_000) buffer.push(batch(from, 1_000));
  expect(buffer.total).toBeLessThanOrEqual(kept + 10_000);
  expect(buffer.dropped).toBe(kept + 20_000 - buffer.total);
  expect(buffer.droppedRows).toBe(buffer.dropped);
  expect(buffer.numberAt(0)).toBe(buffer.dropped);
  expect(buffer.rowAt(buffer.rows - 1)?.text).toBe(`Event ${String(kept + 20_000 - 1)}`);
});

test('a search goes in pieces, and lines that come meanwhile are found once', () => {
  const buffer = new LogBuffer();
  buffer.push(batch(0, 12_000));
  buffer.setFilter({ text: '', level: 'error', source: undefined });
  expect(buffer.search()).toBe(true);
  expect(buffer.rows).toBe(500);
  buffer.push(batch(12_000, 100));
  search(buffer);
  expect(buffer.rows).toBe(1_210);
  expect(new Set(Array.from({ length: buffer.rows }, (_, index) => buffer.numberAt(index))).size).toBe(1_210);
});
