import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reachableHome, reachableProgram, systemHome, unprivilegedUser } from './reach.ts';

describe.runIf(process.getuid?.() === 0)('as root', () => {
  let directory: string;
  const copies: string[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reach-'));
  });
  afterEach(async () => {
    for (const path of [directory, ...copies.splice(0)]) await rm(path, { recursive: true, force: true });
  });

  test('finds a user that is not root', async () => {
    const user = await unprivilegedUser();
    expect(user.uid).toBeGreaterThan(0);
    expect(['postgres', 'nobody']).toContain(user.name);
  });

  test('lets the user pass the work directory, and shows it nothing', async () => {
    const user = await unprivilegedUser();
    const work = join(directory, 'work');
    await chmod(directory, 0o755);
    await mkdir(join(work, 'local'), { recursive: true, mode: 0o700 });
    const wanted = join(work, 'local', 'postgres');
    expect(await reachableHome(wanted, [work, join(work, 'local')], user)).toBe(wanted);
    for (const path of [work, join(work, 'local')]) {
      const { mode, uid, gid } = await stat(path);
      expect([mode & 0o777, uid, gid]).toEqual([0o710, 0, user.gid]);
    }
  });

  test('changes nothing above the work directory and goes elsewhere when that is closed', async () => {
    const user = await unprivilegedUser();
    const work = join(directory, 'work');
    await mkdir(work, { mode: 0o700 });
    const home = await reachableHome(join(work, 'postgres'), [work], user);
    expect(home.startsWith(`${systemHome}/`)).toBe(true);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(work)).mode & 0o777).toBe(0o700);
    expect(await reachableHome(join(work, 'other'), [work], user)).not.toBe(home);
  });

  test('copies an installation that the user cannot reach, once', async () => {
    const user = await unprivilegedUser();
    const program = join(directory, 'pg', 'bin', 'postgres');
    await mkdir(join(directory, 'pg', 'bin'), { recursive: true });
    await writeFile(program, '#!/bin/sh\n', { mode: 0o700 });
    const version = `test-${process.pid}`;
    copies.push(join(systemHome, 'servers', `postgres-${version}`));
    const copy = await reachableProgram(program, version, user);
    expect(copy).not.toBe(program);
    expect(await readFile(copy, 'utf8')).toBe('#!/bin/sh\n');
    expect((await stat(copy)).mode & 0o055).toBe(0o055);
    expect(await reachableProgram(program, version, user)).toBe(copy);
    await chmod(directory, 0o755);
    expect(await reachableProgram(program, version, user)).toBe(program);
  });
});
