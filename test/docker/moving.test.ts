import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import { onPath } from '../../src-main/servers/find-server.ts';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { handshake } from '../../src-main/tls/handshake.ts';
import { postgresHandshake } from '../../src-main/tls/postgres-start.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { freePort } from '../support/child.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { startHost, type TestHost } from '../support/docker/host.ts';
import { systemdImage } from '../support/docker/images.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const ports = ['openbao', 'openbao-cluster', 'postgres', 'stepca', 'acme-http', 'responder', 'resolver'];

describeUnless(noEngine(), 'moving an installation', () => {
  let daemon: TestDaemon | undefined;
  let host: TestHost;
  /** Under one path for the host and for the engine, which mounts parts of it. */
  let workDir: string;
  const portOf = new Map<string, number>();

  /** The command line on a host that has systemd and a Docker engine, as its administrator. */
  async function cli(words: readonly string[], more: readonly string[] = []) {
    const settings = [
      'BOOTROOT_CONSOLE_OPENBAO_BIN=/usr/local/bin/bao',
      'BOOTROOT_CONSOLE_STEP_CA_BIN=/usr/local/bin/step-ca',
      'BOOTROOT_CONSOLE_POSTGRES_BIN=/usr/local/pgsql/bin/postgres',
      'DOCKER_HOST=unix:///srv/docker.sock',
      'DOCKER_CONFIG=/srv/docker-config',
      ...more,
    ];
    const program = ['/usr/local/bin/node', '/opt/console/dist/console.cjs', '--work-dir', workDir, '--json'];
    return host.exec(['env', ...settings, ...program, '--yes', ...words]);
  }
  const done = async <T>(...words: string[]): Promise<T> => {
    const { code, stdout, stderr } = await cli(words);
    expect(code, `${words.join(' ')}\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`).toBe(0);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as T;
  };
  const last = async (): Promise<Operation> => {
    const [newest] = (await done<{ operations: Operation[] }>('operations', 'list')).operations;
    if (newest === undefined) throw new Error('no operation');
    return newest;
  };
  /** Dies at this moment, and is found so. */
  const killed = async (moment: string, ...words: string[]): Promise<string> => {
    const fault = ['BOOTROOT_CONSOLE_TEST=1', `BOOTROOT_CONSOLE_FAULT=${moment}`];
    const { code, stderr } = await cli(words, fault);
    expect(code, stderr.slice(-4000)).not.toBe(0);
    const { id, state } = await last();
    expect(state, stderr.slice(-4000)).toBe('interrupted');
    return id;
  };
  const ready = async (): Promise<readonly string[]> => {
    const { servers } = await done<{ servers: ServerStatus[] }>('infra', 'status');
    expect(servers.filter(({ state }) => state !== 'ready')).toEqual([]);
    return servers.map(({ name }) => name).sort();
  };
  /** Same shares, same keys, same tables, same CA; it issues, and what it issued before is trusted by handshake. */
  const everythingProved = async (): Promise<void> => {
    const { proofs } = await last();
    expect(proofs.filter(({ outcome }) => outcome !== 'proved')).toEqual([]);
    expect(proofs.map(({ title }) => title.key)).toEqual(
      expect.arrayContaining([
        ...['unsealed', 'keys', 'tables', 'authority', 'leaf'].map((word) => `upgrade.proof.${word}`),
        'rotation.proof.issuance',
      ]),
    );
    await done('verify', '--service-name', 'edge-proxy');
  };

  beforeAll(async () => {
    const [openbao, stepCa, postgres, plugins, command] = await Promise.all([
      ensureServer('openbao'),
      ensureServer('step-ca'),
      ensureServer('postgres', { major: 18 }),
      dockerConfig(),
      onPath('docker', process.env),
    ]);
    workDir = await mkdtemp('/srv/bootroot-');
    daemon = await startDaemon();
    host = await startHost(daemon, {
      name: 'moving-host',
      image: await systemdImage(daemon),
      // Ports that the engine publishes are ports of this host too.
      network: 'host',
      mounts: [
        `${root}/dist:/opt/console/dist:ro`,
        `${root}/node_modules:/opt/console/node_modules:ro`,
        `${openbao.path}:/usr/local/bin/bao:ro`,
        `${stepCa.path}:/usr/local/bin/step-ca:ro`,
        `${dirname(dirname(postgres.path))}:/usr/local/pgsql:ro`,
        `${command ?? ''}:/usr/local/bin/docker:ro`,
        `${plugins}:/srv/docker-config:ro`,
        `${daemon.socket}:/srv/docker.sock`,
        `${workDir}:${workDir}`,
      ],
    });
    const flags: string[] = [];
    for (const name of ports) {
      const port = await freePort();
      portOf.set(name, port);
      flags.push(`--${name}-port`, String(port));
    }
    // In containers it has TLS from the start, which every move has to keep.
    await done('init', '--topology', 'compose', '--instance', 'green', '--kind', 'lab', ...flags);
    await done('service', 'add', 'edge-proxy');
  });
  afterAll(async () => {
    await daemon?.stop();
    if (workDir !== undefined) await rm(workDir, { recursive: true, force: true });
  });

  /** Both show a certificate of this CA to who trusts nothing else; state.json says so too. @returns fingerprints */
  const servedByTls = async (): Promise<readonly (string | undefined)[]> => {
    const ca = await readFile(join(workDir, 'secrets', 'certs', 'root_ca.crt'), 'utf8');
    const at = (name: string) =>
      ({
        host: '127.0.0.1',
        port: portOf.get(name) ?? 0,
        servername: '127.0.0.1',
        ca,
        timeoutMs: 5_000,
      }) as const;
    const seen = [await handshake(at('openbao')), await postgresHandshake(at('postgres'))];
    expect(seen.map(({ ok, detail }) => [ok, detail])).toEqual(seen.map(() => [true, undefined]));
    const { openbao_url: url } = await readState(join(workDir, 'state.json'));
    expect(url).toBe(`https://127.0.0.1:${String(portOf.get('openbao'))}`);
    return seen.map(({ served }) => served?.sha256);
  };
  const openbaoPair = async (): Promise<string> =>
    sha256(new X509Certificate(await readFile(join(workDir, 'openbao', 'tls', 'server.crt'))));

  test('from containers to units of systemd: killed, resumed, and back, with the certificates that were served', async () => {
    const before = await servedByTls();
    const id = await killed('data-postgres:before', 'infra', 'move', '--to', 'systemd');
    await done('operations', 'resume', id);
    expect(await ready()).toContain('resolver');
    await everythingProved();
    const active = await host.must(['systemctl', 'is-active', 'bootroot-openbao', 'bootroot-step-ca']);
    expect(active.trim().split('\n')).toEqual(['active', 'active']);
    expect(await servedByTls()).toEqual(before);
    await done('infra', 'move-back');
    expect(await ready()).toEqual(['openbao', 'postgres', 'responder', 'step-ca']);
    expect(await servedByTls()).toEqual(before);
    await done('verify', '--service-name', 'edge-proxy');
    expect((await host.exec(['sh', '-c', 'ls /etc/systemd/system/bootroot-*'])).code).not.toBe(0);
  });

  test('from containers to processes until it is confirmed: certificates are renewed there by a signal', async () => {
    const before = await servedByTls();
    await done('infra', 'move', '--to', 'processes');
    expect(await ready()).toContain('resolver');
    await everythingProved();
    expect(await servedByTls()).toEqual(before);
    await done('rotate', 'infra-tls');
    const after = await servedByTls();
    expect(after.filter((one, index) => one === before[index])).toEqual([]);
    expect(after[0]).toBe(await openbaoPair());
    await done('infra', 'move-confirm');
    expect((await daemon?.engine.containers())?.filter(({ name }) => name.startsWith('green-'))).toEqual([]);
  });

  test('from processes into containers: killed, taken back, and done', async () => {
    const before = await servedByTls();
    const id = await killed('start-openbao:after', 'infra', 'move', '--to', 'compose', '--instance', 'green');
    await done('operations', 'undo', id);
    expect(await ready()).toContain('resolver');
    expect(await servedByTls()).toEqual(before);
    await done('verify', '--service-name', 'edge-proxy');
    await done('infra', 'move', '--to', 'compose', '--instance', 'green');
    expect(await ready()).toEqual(['openbao', 'postgres', 'responder', 'step-ca']);
    await everythingProved();
    expect(await servedByTls()).toEqual(before);
    const names = (await daemon?.engine.containers())?.map(({ name }) => name).sort();
    expect(names?.filter((name) => name.startsWith('green-'))).toHaveLength(6);
    await done('infra', 'move-confirm');
  });
});
