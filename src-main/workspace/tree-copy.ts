import { execFile } from 'node:child_process';
import { readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import { ensureDirectory, flushDirectory } from './atomic.ts';
import { fileFailure } from './file-failure.ts';

const run = promisify(execFile);

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Copies a directory with owners, modes and times; what is there appears whole or not at all. One that is there stays.
 * @throws `cancelled`, those of the file system
 */
export async function copyTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  if (await isThere(to)) return;
  const staging = `${to}.part`;
  await rm(staging, { recursive: true, force: true });
  if (!(await isThere(dirname(to)))) await ensureDirectory(dirname(to), { mode: 0o700 });
  try {
    await run('cp', ['-a', '--reflink=auto', '--', from, staging], {
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      ...(signal === undefined ? {} : { signal }),
    });
    await run('sync', ['-f', staging], { env: { PATH: '/usr/bin:/bin' } });
    await rename(staging, to);
    await flushDirectory(dirname(to));
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (signal?.aborted === true) throw new ConsoleError('cancelled', {}, { cause: error });
    throw fileFailure(error, to);
  }
}

/** Puts `from` in the place of `to`, whose content is lost. Safe to repeat: once `from` is gone, it has happened. */
export async function replaceTree(from: string, to: string): Promise<void> {
  if (!(await isThere(from))) return;
  const old = `${to}.replaced`;
  await rm(old, { recursive: true, force: true });
  if (await isThere(to)) await rename(to, old);
  await rename(from, to);
  await flushDirectory(dirname(to));
  await rm(old, { recursive: true, force: true });
}

/** Bytes of all files below a directory. */
export async function treeSize(directory: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sum += await treeSize(path);
    else if (entry.isFile())
      sum += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return sum;
}

/** Bytes that may still be written where a path lies; the nearest directory that exists is asked. */
export async function roomAt(path: string): Promise<number> {
  for (let at = path; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (dirname(at) === at) return Infinity;
  }
}
