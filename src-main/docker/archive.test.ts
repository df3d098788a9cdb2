import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackArchive, withArchive } from './archive.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'archive-'));
  await mkdir(join(directory, 'from', 'data'), { recursive: true });
  await mkdir(join(directory, 'to'));
  await writeFile(join(directory, 'from', 'data', 'file'), 'kept');
});
afterEach(() => rm(directory, { recursive: true }));

const packed = (): Promise<Buffer> => withArchive(join(directory, 'from', 'data'), buffer);

test('an archive whose end is padded, and comes late, is unpacked whole', async () => {
  const archive = await packed();
  async function* slowly(): AsyncGenerator<Buffer> {
    yield archive;
    for (let piece = 0; piece < 8; piece += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield Buffer.alloc(1 << 18);
    }
  }
  await unpackArchive(Readable.from(slowly()), join(directory, 'to'));
  expect(await readFile(join(directory, 'to', 'file'), 'utf8')).toBe('kept');
});

test('an archive that breaks off is an error, wherever it does', async () => {
  const archive = await packed();
  async function* broken(): AsyncGenerator<Buffer> {
    yield archive.subarray(0, 1024);
    await Promise.resolve();
    throw new Error('the engine went away');
  }
  await expect(unpackArchive(Readable.from(broken()), join(directory, 'to'))).rejects.toThrow();
  await expect(
    unpackArchive(Readable.from([archive.subarray(0, 1_200)]), join(directory, 'to')),
  ).rejects.toThrow();
});
