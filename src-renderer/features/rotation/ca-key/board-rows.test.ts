import { expect, test } from 'vitest';
import type { BoardRow } from '../../../../shared/contract/rotation-ca-key.ts';
import { boardRows } from './board-rows.ts';

const none = { state: 'none' } as const;
const row = (service: string, change: Partial<BoardRow> = {}): BoardRow => ({
  service,
  host: `on-${service}`,
  remote: false,
  bundle: none,
  pins: none,
  issuer: none,
  served: none,
  green: true,
  ...change,
});
const rows = [
  row('api'),
  row('web', { green: false }),
  row('db', { green: false, waived: { reason: 'away', at: '2026-11-20T08:00:00Z' } }),
  row('cache', { green: false }),
];
const names = (view: 'all' | 'waiting', search = ''): string[] =>
  boardRows(rows, view, search).map(({ service }) => service);

test('who holds the gate up comes first, then everybody by name', () => {
  expect(names('all')).toEqual(['cache', 'web', 'api', 'db']);
});

test('the short list has only who holds the gate up: neither ready nor waived', () => {
  expect(names('waiting')).toEqual(['cache', 'web']);
});

test('the search finds by service and by host, in any case', () => {
  expect(names('all', ' ON-D')).toEqual(['db']);
  expect(names('waiting', 'api')).toEqual([]);
});
