import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkspacePaths } from '../../workspace/paths.ts';
import { currentSchedulerFiles, presentSchedulerFiles, schedulerFiles } from './files.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scheduler-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** @param at when it was written, seconds */
async function put(path: string, at: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'x', { mode: 0o600 });
  await utimes(path, at, at);
}

it('what systemd handed over is used until a renewal has put a newer one into the work directory', async () => {
  const paths = new WorkspacePaths(root);
  const kept = schedulerFiles(paths);
  expect(await presentSchedulerFiles(paths)).toBeUndefined();
  await put(kept.roleIdPath, 100);
  await put(kept.secretIdPath, 100);
  expect(await presentSchedulerFiles(paths)).toEqual(kept);
  expect(await currentSchedulerFiles(paths, undefined)).toEqual(kept);

  const given = join(root, 'credentials');
  await put(join(given, 'secret_id'), 200);
  expect((await currentSchedulerFiles(paths, given)).secretIdPath).toBe(join(given, 'secret_id'));
  await put(kept.secretIdPath, 300);
  expect(await currentSchedulerFiles(paths, given)).toEqual(kept);
});
