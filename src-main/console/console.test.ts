import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Plan } from '../../shared/contract/operations.ts';
import type { WorkspaceSummary } from '../../shared/contract/workspace.ts';
import { BootrootConsole, openConsole } from './console.ts';

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

test('several are held open: going back takes the same one, and each has its name, colour and environment', async () => {
  process.env['BOOTROOT_CONSOLE_CONFIG_DIR'] = path.join(directory, 'config');
  const places = ['a', 'b', 'c', 'd', 'e'].map((name) => path.join(directory, name));
  const console = await openConsole({ host: 'web', workspacePath: places[0] ?? '' });
  const call = { actor: 'test', host: 'web', signal: new AbortController().signal } as const;
  const ask = <T>(name: string, input: unknown = {}): Promise<T> =>
    console.dispatcher.call(name, input, call) as Promise<T>;
  const open = (at: number) => ask<WorkspaceSummary>('workspaces.open', { path: places[at] ?? '' });
  const down = () => ask<Plan>('operations.plan', { kind: 'infra.down', input: {} });
  try {
    const first = await open(0);
    const inside = console.required();
    const second = await open(1);
    expect(console.required()).not.toBe(inside);
    const described = await ask<WorkspaceSummary>('workspaces.describe', {
      ...{ id: first.id, name: 'Customer A', colour: 'violet', environment: 'production' },
    });
    expect(described).toMatchObject({ environment: 'production', held: true, current: false });
    await ask('workspaces.describe', { id: second.id, name: 'Mine', colour: 'teal', environment: 'test' });
    // Only in production the name is typed.
    expect((await down()).confirm.typed).toBeUndefined();
    expect((await open(0)).name).toBe('Customer A');
    expect(console.required()).toBe(inside);
    expect((await down()).confirm.typed).toBe('Customer A');

    for (const at of [2, 3, 4]) await open(at);
    const held = (await ask<WorkspaceSummary[]>('workspaces.list')).filter((one) => one.held);
    expect(held.map(({ path: at }) => path.basename(at)).sort()).toEqual(['a', 'c', 'd', 'e']);
    expect(held.find(({ current }) => current)?.openbao).toBe('unknown');
  } finally {
    await console.shutdown();
    delete process.env['BOOTROOT_CONSOLE_CONFIG_DIR'];
  }
});

test.each([
  ['cli', 'works'],
  ['web', 'says so'],
] as const)('where the list of what was opened cannot be written, %s %s', async (host, what) => {
  const file = path.join(directory, 'file');
  await writeFile(file, '');
  process.env['BOOTROOT_CONSOLE_CONFIG_DIR'] = path.join(file, 'config');
  const place = path.join(directory, 'place');
  const console = new BootrootConsole({ host });
  try {
    const opened = console.open(place);
    if (what === 'works') expect((await opened).paths.root).toBe(place);
    else await expect(opened).rejects.toMatchObject({ data: { code: 'not_a_directory' } });
  } finally {
    await console.shutdown();
    delete process.env['BOOTROOT_CONSOLE_CONFIG_DIR'];
  }
});
