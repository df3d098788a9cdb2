import { expect, test } from 'vitest';
import { watchAlarms } from './alarms.ts';
import { picture } from './testing/picture.ts';

const gib = 2 ** 30;
const disk = (path: string, free: number, total: number, device: number) => ({
  path,
  device,
  freeBytes: free * gib,
  totalBytes: total * gib,
});
const said = (...disks: readonly ReturnType<typeof disk>[]): readonly string[] =>
  watchAlarms(picture({ disks })).map(({ id, severity }) => `${id} ${severity}`);

test('a disk is near its end when little is left of it, and little at all', () => {
  expect(said(disk('/a', 10, 100, 1), disk('/b', 3, 100, 2))).toEqual([
    'disk-/a warning',
    'disk-/b critical',
  ]);
  expect(said(disk('/a', 38, 252, 1), disk('/b', 10, 20, 2))).toEqual([]);
});

test("step-ca's database is an alarm once it is large", () => {
  const ids = (caDatabaseBytes: number): string[] =>
    watchAlarms(picture({ caDatabaseBytes })).map(({ id }) => id);
  expect([ids(2 * gib), ids(2 * gib + 1)]).toEqual([[], ['ca-database']]);
});

test('two paths on one disk are one alarm', () => {
  expect(said(disk('/a', 1, 100, 7), disk('/b', 1, 100, 7))).toEqual(['disk-/a critical']);
});
