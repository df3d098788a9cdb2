import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ExclusiveLock, readLockNote } from './exclusive-lock.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(directory, 'some.lock.db');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('whoever looks whether it is held neither makes it, nor signs it, nor hinders the next', async () => {
  expect(ExclusiveLock.isHeld(path)).toBe(false);
  expect(existsSync(path)).toBe(false);
  const lock = await ExclusiveLock.tryAcquire(path, 'first');
  const note = await readFile(`${path}.holder`, 'utf8');
  expect(ExclusiveLock.isHeld(path)).toBe(true);
  expect(await readFile(`${path}.holder`, 'utf8')).toBe(note);
  expect(await ExclusiveLock.tryAcquire(path, 'second')).toBeUndefined();
  lock?.release();
  expect(ExclusiveLock.isHeld(path)).toBe(false);
  const next = await ExclusiveLock.tryAcquire(path, 'third');
  expect((await readLockNote(path))?.holder).toBe('third');
  next?.release();
});
