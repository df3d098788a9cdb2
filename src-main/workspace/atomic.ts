import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { mkdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { faultPoint } from '../operations/fault-point.ts';
import {
  changeMode,
  changeOwner,
  closeFile,
  flushFile,
  openFile,
  readAll,
  statFile,
  statLink,
  withFile,
  writeAll,
} from './descriptors.ts';
import { errno, fileFailure } from './file-failure.ts';

export interface OwnerOptions {
  /** Owner of the result; the process's own unless said. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface WriteOptions extends OwnerOptions {
  /** Final permission bits, whatever the umask: 0o600. */
  readonly mode: number;
  /** False only for what can be made again (rendered caches): file and directory are then not flushed. */
  readonly durable?: boolean;
  /** For one of many files: whoever writes them flushes their directories, each once, before the last of them counts as written. */
  readonly directoryLater?: boolean;
}

const stagedName = /^\..+\.[0-9a-f]{16}\.staged$/;

/** Whether a file name is one that a writer stages before the rename; found later it is left over from a crash. */
export function isStagedName(name: string): boolean {
  return stagedName.test(name);
}

/** What is at `path`, not following a symlink; undefined when nothing is. */
function existing(path: string): Stats | undefined {
  try {
    return statLink(path);
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw fileFailure(error, path);
  }
}

function existingFile(path: string): Stats | undefined {
  const found = existing(path);
  if (found?.isSymbolicLink() === true) throw new ConsoleError('symlink_refused', { path });
  if (found !== undefined && !found.isFile()) throw new ConsoleError('not_a_file', { path });
  return found;
}

/** Owner first: a change of owner clears bits of the mode. fchmod, because open() takes the umask off. */
async function settle(file: number, options: OwnerOptions & { readonly mode: number }): Promise<void> {
  const now = statFile(file);
  const uid = options.uid ?? now.uid;
  const gid = options.gid ?? now.gid;
  const given = uid !== now.uid || gid !== now.gid;
  if (given) await changeOwner(file, uid, gid);
  if (given || (now.mode & 0o7777) !== options.mode) await changeMode(file, options.mode);
}

/** Makes entries of a directory survive a power cut. Some file systems cannot do it and say EINVAL: nothing is lost by asking. */
export async function flushDirectory(path: string): Promise<void> {
  await withFile(path, constants.O_RDONLY | constants.O_DIRECTORY, (directory) =>
    flushFile(directory).catch((error: unknown) => {
      if (errno(error) !== 'EINVAL' && errno(error) !== 'ENOTSUP') throw error;
    }),
  );
}

/**
 * Writes a file so that a reader, a crash or a full disk sees the old content or the new one and nothing else (failure mode C16).
 * Mode and owner are final before the name exists, so a secret is at no time readable by others (C22).
 * @param data text is written as UTF-8
 * @throws `symlink_refused`, `not_a_file`, `disk_full`, `permission_denied`, `read_only`, `path_missing`, `not_a_directory`,
 *   `file_failed`: nothing was changed, except that when the last flush fails the error says that this is not certain
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions,
): Promise<void> {
  existingFile(path);
  await stageAndRename(path, data, options);
}

async function stageAndRename(path: string, data: string | Uint8Array, options: WriteOptions): Promise<void> {
  const directory = dirname(path);
  // A name may have 255 bytes; 60 characters of the original leave room for the rest in any script.
  const staged = join(directory, `.${basename(path).slice(0, 60)}.${randomBytes(8).toString('hex')}.staged`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let made = false;
  try {
    const file = await openFile(staged, flags, options.mode & 0o700);
    made = true;
    try {
      await settle(file, options);
      await writeAll(file, typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
      if (options.durable !== false) await flushFile(file);
    } finally {
      closeFile(file);
    }
    await faultPoint('file', basename(path), 'before');
    await rename(staged, path);
    await faultPoint('file', basename(path), 'after');
  } catch (error) {
    if (made) await unlink(staged).catch(() => undefined);
    throw fileFailure(error, path);
  }
  if (options.durable === false || options.directoryLater === true) return;
  await flushDirectory(directory).catch((error: unknown) => {
    throw fileFailure(error, path, message('error.changed.unknown'));
  });
}

/**
 * Replaces the content of a file and keeps its owner and mode (failure mode C9: a rotation once re-owned a credential to root).
 * @param whenNew mode of a file that is not there yet; 0600 unless said
 * @throws as {@link writeFileAtomic}; `permission_denied` also when the process may not give the file to its present owner
 */
export async function replaceFileAtomic(
  path: string,
  data: string | Uint8Array,
  whenNew: WriteOptions = { mode: 0o600 },
): Promise<void> {
  const found = existingFile(path);
  const kept = found === undefined ? whenNew : { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
  await stageAndRename(path, data, { ...whenNew, ...kept });
}

/**
 * Makes a directory, and the missing ones above it with the same mode and owner. One that exists stays as it is,
 * unless `enforce` says that this very one must have the mode and owner (data directories that servers refuse otherwise).
 * @throws `symlink_refused` when the path itself is a symlink, `not_a_directory`, and what the file system refuses
 */
export async function ensureDirectory(
  path: string,
  options: OwnerOptions & { readonly mode: number; readonly enforce?: boolean },
): Promise<void> {
  const found = existing(path);
  if (found?.isSymbolicLink() === true) throw new ConsoleError('symlink_refused', { path });
  if (found !== undefined && !found.isDirectory()) throw new ConsoleError('not_a_directory', { path });
  if (found !== undefined && options.enforce !== true) return;
  try {
    if (found === undefined) {
      const parent = dirname(path);
      if (parent !== path && existing(parent) === undefined) {
        await ensureDirectory(parent, { ...options, enforce: false });
      }
      await mkdir(path, { mode: options.mode & 0o700 }).catch((error: unknown) => {
        // Another writer may have been faster.
        if (errno(error) !== 'EEXIST') throw error;
      });
    }
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    await withFile(path, flags, (directory) => settle(directory, options));
    if (found === undefined) await flushDirectory(dirname(path));
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/**
 * Removes a file and flushes its directory. One that is not there is no error; a symlink is removed, not what it points to.
 * @returns whether there was something to remove
 */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw fileFailure(error, path);
  }
  await flushDirectory(dirname(path)).catch((error: unknown) => {
    throw fileFailure(error, path, message('error.changed.unknown'));
  });
  return true;
}

/**
 * Reads a UTF-8 text file; a byte order mark is kept, so that what is written back is what was read.
 * @param options.maxBytes refuses a bigger file before reading it; 1 MiB unless said
 * @throws `file_missing`, `not_a_file` (a pipe does not block), `file_too_large`, `file_not_text`, `permission_denied`, `not_a_directory`
 */
export async function readTextFile(
  path: string,
  options: { readonly maxBytes?: number } = {},
): Promise<string> {
  const maxBytes = options.maxBytes ?? 1024 * 1024;
  let bytes: Buffer;
  try {
    bytes = await withFile(path, constants.O_RDONLY | constants.O_NONBLOCK, async (file) => {
      const stats = statFile(file);
      if (!stats.isFile()) throw new ConsoleError('not_a_file', { path });
      if (stats.size > maxBytes) throw new ConsoleError('file_too_large', { path, maxBytes });
      return readAll(file, stats.size, maxBytes);
    });
  } catch (error) {
    if (errno(error) === 'ENOENT') throw new ConsoleError('file_missing', { path }, { cause: error });
    throw fileFailure(error, path);
  }
  // A file that grows while it is read is caught here.
  if (bytes.length > maxBytes) throw new ConsoleError('file_too_large', { path, maxBytes });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ConsoleError('file_not_text', { path }, { cause: error });
  }
}

/** Like {@link readTextFile}, but undefined when there is no such file. */
export async function readTextFileIfPresent(
  path: string,
  options: { readonly maxBytes?: number } = {},
): Promise<string | undefined> {
  try {
    return await readTextFile(path, options);
  } catch (error) {
    if (error instanceof ConsoleError && error.code === 'file_missing') return undefined;
    throw error;
  }
}
