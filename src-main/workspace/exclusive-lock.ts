import { DatabaseSync } from '@photostructure/sqlite';
import { chmodSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { ensureDirectory, writeFileAtomic } from './atomic.ts';

const noteSchema = z.object({ holder: z.string(), pid: z.number(), since: z.number() });
/** Who holds a lock, for whoever waits; `since` in unix milliseconds. Only a note: the lock itself is the kernel's. */
export type LockNote = z.infer<typeof noteSchema>;

const pollMs = 50;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The note of a lock file's present or last holder. */
export async function readLockNote(path: string): Promise<LockNote | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(`${path}.holder`, 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * A lock that other processes respect and that the kernel releases when its holder dies, at any instant: an exclusive
 * SQLite transaction, which is a POSIX file lock. A bare pid file would be left behind by a kill and believed afterwards.
 * Such a lock is lost as soon as the same process closes any other descriptor of the file. Nothing in this program may
 * therefore open a `*.lock.db` except through this class (SQLite itself keeps account of its descriptors): not to read or copy
 * it, as a backup would. Whoever walks through `.console/` leaves these files out; the note beside it may be read.
 */
export class ExclusiveLock {
  readonly #database: InstanceType<typeof DatabaseSync>;

  private constructor(database: InstanceType<typeof DatabaseSync>) {
    this.#database = database;
  }

  /** Tries once; undefined when somebody else holds it. */
  static async tryAcquire(path: string, holder: string): Promise<ExclusiveLock | undefined> {
    await ensureDirectory(dirname(path), { mode: 0o700 });
    const database = new DatabaseSync(path);
    try {
      chmodSync(path, 0o600);
      database.exec('PRAGMA busy_timeout=0; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined;
      throw error;
    }
    const lock = new ExclusiveLock(database);
    const note: LockNote = { holder, pid: process.pid, since: Date.now() };
    try {
      await writeFileAtomic(`${path}.holder`, JSON.stringify(note), { mode: 0o600, durable: false });
    } catch (error) {
      // Nobody would ever release it.
      lock.release();
      throw error;
    }
    return lock;
  }

  /** Whether somebody holds it now. Leaves no note, and makes no file where there is none. */
  static isHeld(path: string): boolean {
    if (!existsSync(path)) return false;
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      // A reader is let in beside another reader: two that look do not see each other.
      database.exec('PRAGMA busy_timeout=0');
      database.prepare('SELECT count(*) FROM sqlite_master').get();
      return false;
    } catch (error) {
      if (error instanceof Error && /locked|busy/i.test(error.message)) return true;
      throw error;
    } finally {
      database.close();
    }
  }

  /** Tries again and again for so long; undefined when it was not free in that time. */
  static async within(path: string, holder: string, timeoutMs: number): Promise<ExclusiveLock | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const lock = await ExclusiveLock.tryAcquire(path, holder);
      if (lock !== undefined || Date.now() >= deadline) return lock;
      await wait(pollMs);
    }
  }

  /** @throws `lock_held` naming the holder when it is not free in time */
  static async acquire(path: string, holder: string, timeoutMs = 10_000): Promise<ExclusiveLock> {
    const lock = await ExclusiveLock.within(path, holder, timeoutMs);
    if (lock !== undefined) return lock;
    const note = await readLockNote(path);
    throw new ConsoleError('lock_held', { path, holder: note?.holder ?? '?', pid: note?.pid ?? 0 });
  }

  release(): void {
    this.#database.exec('ROLLBACK');
    this.#database.close();
  }
}

/** Runs `action` alone among all processes that use this lock file. */
export async function withExclusiveLock<T>(
  path: string,
  holder: string,
  action: () => Promise<T>,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const lock = await ExclusiveLock.acquire(path, holder, options.timeoutMs);
  try {
    return await action();
  } finally {
    lock.release();
  }
}
