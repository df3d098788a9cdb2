import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory } from './atomic.ts';
import { withExclusiveLock } from './exclusive-lock.ts';
import { fileFailure } from './file-failure.ts';

/**
 * Runs `action` under a lock file in a directory, which is made (0700) when missing. A directory that cannot be written to is named
 * with its reason before the lock is tried: a database could only say that it did not open.
 * @throws `lock_held`, `permission_denied`, `read_only`, `symlink_refused`, `not_a_directory`
 */
export async function withLockIn<T>(
  directory: string,
  name: string,
  holder: string,
  action: () => Promise<T>,
  timeoutMs?: number,
): Promise<T> {
  await ensureDirectory(directory, { mode: 0o700 });
  await access(directory, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw fileFailure(error, directory);
  });
  return withExclusiveLock(
    join(directory, name),
    holder,
    action,
    timeoutMs === undefined ? {} : { timeoutMs },
  );
}
