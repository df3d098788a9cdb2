import * as fs from 'node:fs';
import { promisify } from 'node:util';

/**
 * Files by their descriptors. Beside `FileHandle` these cost half, which counts where an operation reads and writes a file for each of
 * a thousand services; whoever opens one closes it. What may wait for a disk waits in another thread; what is only asked of a file that
 * is open (its size and owner, its end) is answered at once and would cost ten times as much as the answer to be asked from there.
 */
export const openFile = promisify(fs.open);
export const closeFile = fs.closeSync;
export const flushFile = promisify(fs.fsync);
export const statFile: (file: number) => fs.Stats = fs.fstatSync;
export const changeMode = promisify(fs.fchmod);
export const changeOwner = promisify(fs.fchown);

/** Runs `work` with a file that is open while it does. */
export async function withFile<T>(
  path: string,
  flags: number,
  work: (file: number) => Promise<T>,
): Promise<T> {
  const file = await openFile(path, flags);
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
  for (let length = 0; ;) {
    const count = await read(file, bytes, length);
    length += count;
    if (count === 0 || length === size || length > most) return bytes.subarray(0, length);
    // Some say 0 and have more, as those of /proc.
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, most) + 1);
  }
}
