import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crc32, extractEntry, memberPath, unzip, zipEntries, ZipError } from './zip.ts';

const run = promisify(execFile);
let directory: string;
let archive: string;
const content = 'the same line over and over\n'.repeat(5_000);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zip-'));
  archive = join(directory, 'a.zip');
  const source = join(directory, 'source');
  await mkdir(join(source, 'deep'), { recursive: true });
  await writeFile(join(source, 'deep', 'program'), content, { mode: 0o755 });
  await writeFile(join(source, 'empty'), '');
  // Made by another implementation, so that reader and writer do not agree on the same mistake.
  await run('python3', ['-m', 'zipfile', '-c', archive, join(source, 'deep'), join(source, 'empty')]);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('lists and extracts with modes', async () => {
  const target = join(directory, 'out');
  const seen: number[] = [];
  await unzip(archive, target, { onEntry: (done) => seen.push(done) });
  expect(await readFile(join(target, 'deep', 'program'), 'utf8')).toBe(content);
  expect((await stat(join(target, 'deep', 'program'))).mode & 0o111).not.toBe(0);
  expect((await stat(join(target, 'empty'))).size).toBe(0);
  expect(seen.length).toBe(2);
});

test('refuses damaged members, cut archives and other files', async () => {
  const bytes = await readFile(archive);
  const entry = (await zipEntries(archive)).find(({ name }) => name.endsWith('program'));
  if (entry === undefined) throw new Error('not listed');
  const damaged = join(directory, 'damaged.zip');
  const changed = Buffer.from(bytes);
  const at = entry.offset + 30 + entry.name.length + 20;
  changed[at] = (changed[at] ?? 0) ^ 0xff;
  await writeFile(damaged, changed);
  await expect(extractEntry(damaged, entry, join(directory, 'x'))).rejects.toThrow();
  await expect(
    extractEntry(archive, { ...entry, crc: entry.crc ^ 1 }, join(directory, 'y')),
  ).rejects.toBeInstanceOf(ZipError);
  await expect(extractEntry(archive, { ...entry, size: 10 }, join(directory, 'z'))).rejects.toBeInstanceOf(
    ZipError,
  );
  await writeFile(damaged, bytes.subarray(0, bytes.length / 2));
  await expect(zipEntries(damaged)).rejects.toBeInstanceOf(ZipError);
  await writeFile(damaged, 'no archive at all, but long enough to look for an end');
  await expect(zipEntries(damaged)).rejects.toBeInstanceOf(ZipError);
});

test('lets no name lead outside', () => {
  expect(memberPath('/to', 'a/b')).toBe('/to/a/b');
  for (const name of ['../a', 'a/../../b', '/etc/passwd', '..', 'a\0b']) {
    expect(() => memberPath('/to', name)).toThrow(ZipError);
  }
});

test('computes the check value of CRC-32', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
});
