import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { FileStage } from './stage.ts';

let root: string;
let stage: FileStage;

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'stage-')), '.staging');
  stage = new FileStage(root, 'operation-1');
});
afterEach(() => rm(join(root, '..'), { recursive: true }));

test('keeps a value over objects of the same operation, apart from other operations', async () => {
  expect(await stage.read('secret')).toBeUndefined();
  await stage.write('secret', 'one');
  expect(await new FileStage(root, 'operation-1').read('secret')).toBe('one');
  expect(await new FileStage(root, 'operation-2').read('secret')).toBeUndefined();
  await stage.remove('secret');
  expect(await stage.read('secret')).toBeUndefined();
});

test('makes a value once, also an empty one', async () => {
  let made = 0;
  const make = async (): Promise<string> => `value ${++made}`;
  expect([await stage.once('a', make), await stage.once('a', make)]).toEqual(['value 1', 'value 1']);
  expect([await stage.once('empty', () => ''), await stage.once('empty', make)]).toEqual(['', '']);
  expect(made).toBe(1);
});

test('makes one value for all who ask at the same time, and another try after one that failed', async () => {
  let made = 0;
  const make = async (): Promise<string> => {
    made += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return `value ${made}`;
  };
  const asked = await Promise.all([1, 2, 3].map(() => stage.once('a', make)));
  expect([asked, await stage.read('a'), made]).toEqual([['value 1', 'value 1', 'value 1'], 'value 1', 1]);
  const fails = (): Promise<string> => Promise.reject(new Error('no'));
  await expect(stage.once('b', fails)).rejects.toThrow('no');
  expect(await stage.once('b', () => 'second')).toBe('second');
});

test('nobody else can read it', async () => {
  const umask = process.umask(0);
  try {
    await stage.write('secret', 'one');
  } finally {
    process.umask(umask);
  }
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
  const directory = join(root, 'operation-1');
  expect(await mode(join(directory, 'secret'))).toBe(0o600);
  expect([await mode(root), await mode(directory)]).toEqual([0o700, 0o700]);
});

test('leaves nothing when the operation ends', async () => {
  await stage.write('secret', 'one');
  await stage.clear();
  expect(await readdir(root)).toEqual([]);
  await stage.clear();
});

test.each(['../x', 'a/b', '', '.', 'A', '-a', 'a'.repeat(62)])('refuses the name %j', async (name) => {
  await expect(stage.write(name, 'x')).rejects.toSatisfy((error) => isConsoleError(error, 'internal'));
});

test('does not write through a link', async () => {
  await symlink(tmpdir(), root);
  await expect(stage.write('a', 'x')).rejects.toSatisfy((error) => isConsoleError(error, 'symlink_refused'));
});
