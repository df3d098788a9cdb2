import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chown, copyFile, lchown, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { flushDirectory } from '../../workspace/atomic.ts';
import { fileFailure } from '../../workspace/file-failure.ts';

/** SHA-256 of every file below a directory by its relative path. */
export type Manifest = Readonly<Record<string, string>>;

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Throws what the file system refuses. */
export async function manifestOf(root: string): Promise<Manifest> {
  const found: Record<string, string> = {};
  const walk = async (directory: string): Promise<void> => {
    for (const entry of (await readdir(directory, { withFileTypes: true })).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) found[relative(root, path)] = await sha256Of(path);
      else throw new ConsoleError('not_a_file', { path });
    }
  };
  await walk(root).catch((error: unknown) => {
    throw fileFailure(error, root);
  });
  return found;
}

/** Names below it at all; a directory that is not there has none. */
export const isEmpty = async (path: string): Promise<boolean> =>
  (await readdir(path).catch(() => [])).length === 0;

/**
 * A durable copy of a directory: files flushed, directories 0700, files 0600, owners kept where this user may.
 * @throws what the file system refuses; a half copy is then left for the caller to remove
 */
export async function copyTree(from: string, to: string): Promise<void> {
  const asOwner = process.getuid?.() === 0;
  const copy = async (source: string, target: string): Promise<void> => {
    await mkdir(target, { mode: 0o700, recursive: true });
    for (const entry of await readdir(source, { withFileTypes: true })) {
      const [one, other] = [join(source, entry.name), join(target, entry.name)];
      if (entry.isDirectory()) await copy(one, other);
      else {
        await copyFile(one, other);
        const handle = await open(other, 'r+');
        await handle.chmod(0o600);
        await handle.sync();
        await handle.close();
      }
      const { uid, gid } = await lstat(one);
      if (asOwner) await chown(other, uid, gid);
    }
    await flushDirectory(target);
  };
  await copy(from, to).catch((error: unknown) => {
    throw fileFailure(error, to);
  });
}

/** To another name, on another file system too. What was half copied is done again. */
export async function moveTree(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw fileFailure(error, to);
    const part = `${to}.part`;
    await rm(part, { recursive: true, force: true });
    await copyTree(from, part);
    await rename(part, to);
    await rm(from, { recursive: true, force: true });
  }
}

/** Makes everything below a directory belong to the owner of another one, where this user may. */
export async function giveTo(path: string, like: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await lstat(like);
  const give = async (one: string): Promise<void> => {
    await lchown(one, uid, gid);
    if (!(await lstat(one)).isDirectory()) return;
    for (const name of await readdir(one)) await give(join(one, name));
  };
  await give(path);
}

/** Whether a directory is OpenBao's `file` storage of an initialised server. */
export async function isFileStorage(path: string): Promise<boolean> {
  const names: readonly string[] = await readdir(path).catch(() => []);
  return ['core', 'logical', 'sys'].every((name) => names.includes(name));
}
