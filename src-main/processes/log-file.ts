import { constants } from 'node:fs';
import { copyFile, open, rename, stat, truncate, type FileHandle } from 'node:fs/promises';
import { errno } from '../workspace/file-failure.ts';

/** Size at which a log file is rotated, bytes, and how many older ones are kept. */
export const logLimits = { bytes: 10 * 1024 * 1024, keep: 3 } as const;

/** Opens a log for a child: appended to, so that truncating it under the child works; 0600. */
export async function openLog(path: string): Promise<FileHandle> {
  return open(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
    0o600,
  );
}

/**
 * Rotates by copy and truncate: the server keeps its open file. Lines written between the two are lost, which is the price of not
 * asking four different programs to open their logs again.
 * @returns whether it was big enough to be rotated
 */
export async function rotateLog(path: string, limits: typeof logLimits = logLimits): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size < limits.bytes) return false;
  for (let generation = limits.keep - 1; generation >= 1; generation -= 1) {
    await rename(`${path}.${generation}`, `${path}.${generation + 1}`).catch((error: unknown) => {
      if (errno(error) !== 'ENOENT') throw error;
    });
  }
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  return true;
}

/** The last lines of a file, oldest first, from at most `bytes` of its end. An absent file has none. */
export async function lastLines(path: string, count: number, bytes = 64 * 1024): Promise<string[]> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    if (from > 0) lines.shift();
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    await handle.close();
  }
}
