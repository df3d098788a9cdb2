import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeZombie } from '../../test/support/zombie.ts';
import { releaseDeadPostmaster } from './postgres-lock.ts';

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'pgdata-'));
});
afterEach(async () => {
  await rm(data, { recursive: true, force: true });
});

const lock = (): Promise<string> => readFile(join(data, 'postmaster.pid'), 'utf8');

test('a zombie gives way; what the file says of shared memory stays', async () => {
  const rest = `\n${data}\n1700000000\n5432\n/tmp\nlocalhost\n  1234567    65538\nready   \n`;
  const { pid, release } = await makeZombie();
  await writeFile(join(data, 'postmaster.pid'), `${pid}${rest}`);
  await releaseDeadPostmaster(data).finally(release);
  const text = await lock();
  expect(text.slice(text.indexOf('\n'))).toBe(rest);
  expect(() => process.kill(Number(text.split('\n')[0]), 0)).toThrow('ESRCH');
});

test('a live process, a number of nobody, a damaged file and none at all are left to PostgreSQL', async () => {
  for (const text of [`${process.pid}\nx\n`, '4194000\nx\n', 'nonsense\n', '']) {
    await writeFile(join(data, 'postmaster.pid'), text);
    await releaseDeadPostmaster(data);
    expect(await lock()).toBe(text);
  }
  await rm(join(data, 'postmaster.pid'));
  await releaseDeadPostmaster(data);
  await expect(lock()).rejects.toThrow('ENOENT');
});
