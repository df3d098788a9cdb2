import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store } from '../../store/store.ts';
import { chartsFromHistory, stepOf } from '../charts.ts';
import { fullAt, slopeOf } from '../forecast.ts';
import { History } from './history.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 23, 12);

let root: string;
let store: Store;
let history: History;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'history-'));
  store = await Store.open(join(root, 'store.db'));
  history = new History(store);
});
afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true });
});

const rows = async (): Promise<unknown[]> =>
  (
    await store.all(
      'SELECT resolution, count(*) AS n, sum(count) AS c, sum(total) AS t FROM history GROUP BY 1',
    )
  ).map(({ resolution, n, c, t }) => [Number(resolution) / minute, n, c, t]);

describe('the history', () => {
  it('adds measurements of one minute up', async () => {
    await history.record(now, new Map([['issued', 2]]));
    await history.record(now + 20_000, new Map([['issued', 4]]));
    const found = await history.read('issued', now - hour, now + hour, minute);
    expect(found.get('issued')).toEqual([{ at: now, count: 2, total: 6, low: 2, high: 4 }]);
  });

  it('thins by age, loses no measurement on the way, and forgets after 30 days', async () => {
    for (let age = 0; age < 12 * 60; age += 1) await history.record(now - age * minute, new Map([['n', 1]]));
    await history.thin(now);
    expect(await rows()).toEqual([
      [1, 6 * 60 + 1, 6 * 60 + 1, 6 * 60 + 1],
      [5, 72, 359, 359],
    ]);
    await history.thin(now);
    expect((await rows()).length).toBe(2);
    await history.thin(now + 4 * day);
    expect(await rows()).toEqual([[60, 13, 720, 720]]);
    await history.thin(now + 31 * day);
    expect(await rows()).toEqual([]);
  });

  it('draws sums of what happened and means of what was', async () => {
    for (let at = now - hour; at < now; at += 10 * minute)
      await history.record(
        at,
        new Map([
          ['issued', 1],
          ['acme:order', 40],
          ['server:openbao', at === now - hour ? 0 : 1],
        ]),
      );
    const { charts, stepMs } = await chartsFromHistory(history, 24 * 30, now);
    expect(stepMs).toBe(6 * hour);
    const of = (name: string) => charts.find((chart) => chart.name === name)?.series;
    expect(of('issuance')).toEqual([{ name: 'issued', points: [[now - 6 * hour, 6]] }]);
    expect(of('latency')).toEqual([{ name: 'order', points: [[now - 6 * hour, 40]] }]);
    expect(of('servers')?.[0]?.points[0]?.[1]).toBeCloseTo(5 / 6);
    expect(stepOf(1)).toBe(minute);
    expect(stepOf(24)).toBe(15 * minute);
  });

  it('says when a disk will be full, and nothing when it does not fill', async () => {
    const gib = 2 ** 30;
    const disk = { path: '/var', freeBytes: 10 * gib, totalBytes: 100 * gib };
    expect(await fullAt(history, disk, now)).toBeUndefined();
    for (let hours = 0; hours < 10; hours += 1)
      await history.record(now - hours * hour, new Map([['disk:/var', (10 + hours) * gib]]));
    expect(Math.round(((await fullAt(history, disk, now)) ?? 0) - now)).toBe(10 * hour);
    expect(
      slopeOf([
        [0, 1],
        [1, 1],
      ]),
    ).toBe(0);
  });
});
