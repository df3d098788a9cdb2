import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Output } from '../../../shared/contract/index.ts';
import { chooseEngine } from '../../docker/chosen-engine.ts';
import { openConsole, type BootrootConsole } from '../console.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'engine-'));
  vi.stubEnv('BOOTROOT_CONSOLE_CONFIG_DIR', directory);
  vi.stubEnv('DOCKER_HOST', '');
});
afterEach(async () => {
  chooseEngine(undefined);
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

type State = Output<'setup.engine'>;
const call = { actor: 'test', host: 'web', signal: new AbortController().signal } as const;
const ask = async (console: BootrootConsole, name: string, input: unknown = {}): Promise<State> =>
  (await console.dispatcher.call(name, input, call)) as State;

test('the engine that was chosen is asked, is there at the next start, and is forgotten again', async () => {
  const socket = `unix://${path.join(directory, 'none.sock')}`;
  const first = await openConsole({ host: 'web' });
  expect(await ask(first, 'setup.chooseEngine', { host: socket })).toMatchObject({
    ...{ ready: false, said: 'setting', host: socket, setting: { host: socket } },
    problem: { params: expect.objectContaining({}) as unknown },
  });
  await first.shutdown();
  chooseEngine(undefined);
  const next = await openConsole({ host: 'web' });
  expect(await ask(next, 'setup.engine')).toMatchObject({ said: 'setting', host: socket });
  // What can never be asked is refused, and the former stays.
  await expect(ask(next, 'setup.chooseEngine', { host: 'http://engine' })).rejects.toMatchObject({
    data: { code: 'docker_endpoint' },
  });
  expect(await ask(next, 'setup.engine')).toMatchObject({ host: socket });
  const none = await ask(next, 'setup.chooseEngine', { host: '' });
  expect(none.said).toBe('nobody');
  expect(none).not.toHaveProperty('setting');
  await next.shutdown();
});

test('what the environment says counts before it, and is told', async () => {
  vi.stubEnv('DOCKER_HOST', `unix://${path.join(directory, 'shell.sock')}`);
  const console = await openConsole({ host: 'web' });
  const state = await ask(console, 'setup.chooseEngine', { host: 'unix:///run/setting.sock' });
  expect(state).toMatchObject({
    said: 'environment',
    host: expect.stringContaining('shell.sock') as unknown,
    setting: { host: 'unix:///run/setting.sock' },
  });
  await console.shutdown();
});
