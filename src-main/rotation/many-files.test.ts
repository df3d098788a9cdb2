import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFiles } from './many-files.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'many-files-'));
  await mkdir(join(directory, 'other'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const files = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => ({
    path: join(directory, index % 2 === 0 ? 'other' : '.', `${String(index)}.toml`),
    text: `${text} ${String(index)}`,
    mode: 0o600,
  }));

test('many files, new and replaced, in their own modes, with nothing left beside them', async () => {
  await replaceFiles(files(30, 'first'));
  await chmod(join(directory, '1.toml'), 0o640);
  const parts: number[] = [];
  await replaceFiles(files(30, 'second'), (part) => parts.push(part));
  for (const { path, text } of files(30, 'second')) expect(await readFile(path, 'utf8')).toBe(text);
  expect((await stat(join(directory, '1.toml'))).mode & 0o777).toBe(0o640);
  expect((await stat(join(directory, '3.toml'))).mode & 0o777).toBe(0o600);
  expect(parts.at(-1)).toBe(1);
  expect((await readdir(directory)).length + (await readdir(join(directory, 'other'))).length).toBe(31);
});

test('one that cannot be replaced is an error, and the others are whole', async () => {
  await replaceFiles(files(10, 'first'));
  await rm(join(directory, '5.toml'));
  await symlink('/etc/hostname', join(directory, '5.toml'));
  await expect(replaceFiles(files(10, 'second'))).rejects.toMatchObject({ code: 'symlink_refused' });
  for (const { path } of files(10, '').filter(({ path: at }) => !at.endsWith('5.toml')))
    expect(await readFile(path, 'utf8')).toMatch(/^(first|second) \d$/);
});
