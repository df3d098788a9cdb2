import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openConsole } from './console.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'nothing-'));
});
afterEach(() => rm(directory, { recursive: true }));

test.each(['there', 'mistyped'])(
  'a command in a directory that is %s says so and leaves no trace',
  async (name) => {
    const workspacePath = name === 'there' ? directory : path.join(directory, name);
    const console = await openConsole({ host: 'cli', workspacePath });
    expect(() => console.required()).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ code: 'nothing_set_up' }) as unknown }),
    );
    await console.shutdown();
    expect(await readdir(directory)).toEqual([]);
  },
);

test('a file in place of the directory is named', async () => {
  const workspacePath = path.join(directory, 'file');
  await writeFile(workspacePath, '');
  await expect(openConsole({ host: 'cli', workspacePath })).rejects.toMatchObject({
    data: { code: 'not_a_directory' },
  });
});
