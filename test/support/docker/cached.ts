import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CachePaths } from '../../../src-main/servers/cache-paths.ts';
import { ExclusiveLock } from '../../../src-main/workspace/exclusive-lock.ts';

const directory = join(new CachePaths().root, 'test', 'images');

/** Makes a file or directory of the cache once, whoever asks first; it appears whole. */
export async function once(name: string, make: (target: string) => Promise<void>): Promise<string> {
  const final = join(directory, name);
  await mkdir(directory, { recursive: true });
  let lock: ExclusiveLock | undefined;
  while (lock === undefined) {
    if (existsSync(final)) return final;
    lock = await ExclusiveLock.tryAcquire(`${final}.lock.db`, 'images');
    if (lock === undefined) await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    if (existsSync(final)) return final;
    const part = `${final}.part`;
    await rm(part, { recursive: true, force: true });
    await make(part);
    await rename(part, final);
  } finally {
    lock.release();
  }
  return final;
}
