import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { flushDirectory } from '../../workspace/atomic.ts';

/** An audit file that OpenBao writes no more. */
export interface RotatedFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was set aside, unix milliseconds. */
  readonly at: number;
}

const stampPattern = /\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:\.gz)?$/;

const timeOf = (name: string): number | undefined => {
  const parts = stampPattern.exec(name)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 1, day = 1, hour, minute, second] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

/** What was set aside of an audit file, the newest first. */
export async function rotatedFiles(path: string): Promise<readonly RotatedFile[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.startsWith(`${basename(path)}.`))
      .map(async (name): Promise<RotatedFile[]> => {
        const at = timeOf(name);
        if (at === undefined) return [];
        const file = join(dirname(path), name);
        const bytes = await stat(file).then(
          ({ size }) => size,
          () => 0,
        );
        return [{ path: file, bytes, at }];
      }),
  );
  return found.flat().sort((one, other) => other.at - one.at);
}

/** Replaces a file by `<file>.gz`, 0600. One that was compressed before is no error; half of it never counts. */
export async function compress(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  await rm(part, { force: true });
  await pipeline(createReadStream(path), createGzip(), createWriteStream(part, { mode: 0o600, flush: true }));
  await rename(part, `${path}.gz`);
  await flushDirectory(dirname(path));
  await rm(path, { force: true });
}
