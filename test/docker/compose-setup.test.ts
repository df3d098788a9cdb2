import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceDetail } from '../../shared/contract/services.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import type { DockerEngine } from '../../src-main/docker/engine.ts';
import { ComposeTopology } from '../../src-main/topology/compose/compose-topology.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { emptyInstallation, type InnerConsole, type Installation } from '../support/installation.ts';

const why = noEngine();
const title = `an installation in containers${why === undefined ? '' : ` (${why})`}`;
const patience = { timeout: 30_000 };
const all = (state: string): Record<string, string> => ({
  openbao: state,
  postgres: state,
  responder: state,
  'step-ca': state,
});

describe.skipIf(why !== undefined)(title, () => {
  let daemon: TestDaemon | undefined;
  let engine: DockerEngine;
  let made: Installation;
  let inner: InnerConsole;
  let compose: ComposeTopology;

  const states = async (): Promise<Record<string, string>> => {
    const servers = await inner.first<ServerStatus[]>('infra.status');
    return Object.fromEntries(servers.map(({ name, state }) => [name, state]));
  };
  /** Every rung is proved now, the handshake of a client that trusts only this CA among them. */
  const proved = async (): Promise<void> => {
    const { ladder } = await inner.call<ServiceDetail>('services.prove', { id: 'edge-proxy' });
    expect(ladder.map(({ rung }) => rung)).toContain('trusted');
    expect(ladder.filter(({ outcome }) => outcome !== 'proved')).toEqual([]);
  };
  const operate = async (kind: string, input: unknown = {}): Promise<void> => {
    const done = await inner.operate(kind, input);
    expect(done.error).toBeUndefined();
    expect(done.state).toBe('done');
  };

  beforeAll(async () => {
    daemon = await startDaemon();
    engine = daemon.engine;
    process.env['DOCKER_HOST'] = `unix://${daemon.socket}`;
    process.env['DOCKER_CONFIG'] = await dockerConfig();
    made = await emptyInstallation();
    const { DOCKER_HOST, DOCKER_CONFIG } = process.env;
    const words = ['init', '--topology', 'compose', '--instance', 'blue', '--kind', 'lab', ...made.flags];
    const answer = await made.cli(words, { DOCKER_HOST, DOCKER_CONFIG });
    expect(answer.code, `${answer.stdout}\n${answer.stderr}`).toBe(0);
    inner = await made.open();
    compose = inner.console.required().topologies.compose;
  });
  afterAll(async () => {
    await daemon?.stop();
    await made?.stop();
  });

  test('is set up by the command line: all answers, and every container says whose it is', async () => {
    expect(await states()).toEqual(all('ready'));
    const { identity } = (await compose.requireLayout()).compose;
    const labels = (await engine.containers()).map(({ labels }) => labels['io.bootroot.installation']);
    expect(labels).toEqual(Array.from({ length: 6 }, () => identity));
  });

  test('a service gets a certificate and is proved', async () => {
    await operate('service.add', await inner.call('services.defaults', { serviceName: 'edge-proxy' }));
    await proved();
  });

  test.each([
    ['rotate.db', {}],
    ['rotate.stepca-password', {}],
    ['rotate.responder-hmac', {}],
    ['rotate.approle-secret-id', { ids: 'all', infra: ['stepca', 'responder'] }],
    ['rotate.trust-sync', {}],
    ['rotate.force-reissue', { ids: 'all' }],
  ])('%s', async (kind, input) => {
    await operate(kind, input);
    await proved();
  });

  test('another installation of the same name is refused, and nothing of this one is touched', async () => {
    const before = (await engine.containers()).map(({ id, state }) => `${id} ${state}`);
    const paths = new WorkspacePaths(join(made.paths.root, '..', 'other'));
    await mkdir(paths.secrets, { recursive: true });
    const other = new ComposeTopology(paths);
    const { ports } = await compose.requireLayout();
    const choices = { ports, leafHours: 24, instance: 'blue' };
    await expect(other.createLayout(choices)).rejects.toMatchObject({ code: 'compose_foreign' });
    expect(await other.readLayout()).toBeUndefined();
    expect((await engine.containers()).map(({ id, state }) => `${id} ${state}`)).toEqual(before);
  });

  test('an OpenBao that would be made anew, and so be sealed, stays as it is', async () => {
    const before = await engine.inspect('blue-openbao');
    const { ports } = await compose.requireLayout();
    await compose.changePorts({ openbao: ports.openbao + 1 });
    await expect(compose.startServer('openbao')).rejects.toMatchObject({ code: 'compose_would_recreate' });
    await compose.changePorts({ openbao: ports.openbao });
    await compose.startServer('openbao');
    const { id, startedAt } = await engine.inspect('blue-openbao');
    expect({ id, startedAt }).toEqual({ id: before.id, startedAt: before.startedAt });
  });

  test('lines of all servers are followed, also past a restart', async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { server, text } of compose.logs({ lines: 500, follow: true }, control.signal))
        seen.push(`${server} ${text}`);
    })();
    const servers = () => [...new Set(seen.map((line) => line.split(' ', 1)[0]))].sort();
    await expect.poll(servers, patience).toEqual(Object.keys(all('')));
    seen.length = 0;
    await compose.reloadServer('openbao');
    await compose.restartServer('responder');
    await expect.poll(() => seen.join('\n'), patience).toMatch(/openbao .*reload/i);
    await expect.poll(() => seen.join('\n'), patience).toMatch(/responder .* answers challenges/);
    control.abort();
    await reading;
  });

  test('goes down and comes up again, sealed until the shares are given; an agent that ended is noticed', async () => {
    const { id } = await engine.inspect('blue-openbao');
    await operate('infra.down');
    expect((await engine.containers()).filter(({ state }) => state === 'running')).toEqual([]);
    expect(await states()).toEqual(all('stopped'));
    await operate('infra.up');
    expect(await states()).toEqual({ ...all('ready'), openbao: 'sealed' });
    await inner.call('openbao.unsealFromDisk');
    expect(await states()).toEqual(all('ready'));
    expect((await engine.inspect('blue-openbao')).id).toBe(id);
    await engine.stop('blue-openbao-agent-responder', 5);
    expect(await states()).toEqual({ ...all('ready'), responder: 'unhealthy' });
    await operate('infra.up');
    expect(await states()).toEqual(all('ready'));
    await proved();
  });
});
