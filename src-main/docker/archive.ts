import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Whose the files of an archive are. */
export interface ArchiveOwner {
  readonly uid: number;
  readonly gid: number;
}
const root: ArchiveOwner = { uid: 0, gid: 0 };

/**
 * A directory as a tar stream whose files are all one owner's: root's, as images want it, unless another is given.
 * @throws what `use` throws, or that tar failed
 */
export async function withArchive<T>(
  directory: string,
  use: (archive: Readable) => Promise<T>,
  { uid, gid }: ArchiveOwner = root,
): Promise<T> {
  const owner = [`--owner=${uid}`, `--group=${gid}`, '--numeric-owner'];
  const child = spawn('tar', ['-C', directory, ...owner, '-cf', '-', '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  try {
    const [answer, code] = await Promise.all([use(child.stdout), ended]);
    if (code !== 0) throw new Error(`tar: ${String(code)}`);
    return answer;
  } finally {
    child.kill();
  }
}

/** Unpacks a tar stream whose one directory is the wanted one into `directory`; owners are this process's. */
export async function unpackArchive(archive: Readable, directory: string): Promise<void> {
  // It reads to the end, past the mark and the padding: one that leaves earlier breaks the pipe that still brings them.
  const args = ['-C', directory, '--strip-components=1', '--no-same-owner', '--ignore-zeros', '-xf', '-'];
  const child = spawn('tar', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  try {
    const [code] = await Promise.all([ended, pipeline(archive, child.stdin)]);
    if (code !== 0) throw new Error(`tar: ${String(code)}`);
  } finally {
    child.kill();
  }
}
