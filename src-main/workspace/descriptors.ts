import * as fs from 'node:fs';
import { promisify } from 'node:util';

/**
 * Files by their descriptors. Beside `FileHandle` these cost half, which counts where an operation reads and writes a file for each of
 * a thousand services; whoever opens one closes it. What is written waits for the disk in another thread. What is only looked up, or is
 * small and read, is answered at once: to ask another thread would cost five times as much as the answer.
 */
export const openFile = promisify(fs.open);
/** Not following a symlink. */
export const statLink: (path: string) => fs.Stats = fs.lstatSync;
export const closeFile = fs.closeSync;
export const flushFile = promisify(fs.fsync);
export const statFile: (file: number) => fs.Stats = fs.fstatSync;
export const changeMode = promisify(fs.fchmod);
export const changeOwner = promisify(fs.fchown);

/** A file of at most so many bytes is read at once. */
const small = 65_536;

/** Runs `work` with a file that is open while it does. */
export async function withFile<T>(
  path: string,
  flags: number,
  work: (file: number) => Promise<T>,
): Promise<T> {
  const file = fs.openSync(path, flags);
  try {
    return await work(file);
  } finally {
    closeFile(file);
  }
}

/** Writes all of `bytes` where the file now stands. */
export async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) offset += await write(file, bytes, offset);
}

const write = (file: number, bytes: Uint8Array, offset: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.write(file, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });

const read = (file: number, bytes: Uint8Array, offset: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(file, bytes, offset, bytes.length - offset, null, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });

/**
 * Reads a file to its end, or one byte more than `most` of one that has grown beyond.
 * @param size what it is said to have, bytes
 */
export async function readAll(file: number, size: number, most: number): Promise<Buffer> {
  // With the byte more, the first call tells of a file of the said size that this is all.
  let bytes = Buffer.allocUnsafe(Math.min(size, most) + 1);
  let length = 0;
  if (size > 0 && size <= small) {
    length = fs.readSync(file, bytes);
    if (length === size || length > most) return bytes.subarray(0, length);
  }
  for (;;) {
    // Some say 0 and have more, as those of /proc.
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, most) + 1);
    const count = await read(file, bytes, length);
    length += count;
    if (count === 0 || length === size || length > most) return bytes.subarray(0, length);
  }
}
