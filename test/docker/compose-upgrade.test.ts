import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import type { Versions } from '../../shared/contract/upgrade.ts';
import { findServer } from '../../src-main/servers/find-server.ts';
import { postgresHandshake } from '../../src-main/tls/postgres-start.ts';
import type { Layout } from '../../src-main/topology/layout.ts';
import { TopologyPaths } from '../../src-main/topology/topology-paths.ts';
import { readTextFile } from '../../src-main/workspace/atomic.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { oldPostgresImage } from '../support/docker/images.ts';
import { long } from '../support/long.ts';
import { emptyInstallation, type Answer, type Installation } from '../support/installation.ts';

const old = await findServer('postgres', { major: 15 });
const why =
  noEngine() ??
  (old === undefined ? 'no PostgreSQL 15 (Debian: postgresql)' : undefined) ??
  (long ? undefined : 'takes minutes: npm run test:docker -- --long');

/** The last line of a command that was asked for JSON. */
const json = <T>({ stdout }: Answer): T => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;

describeUnless(why, 'versions of servers in containers', () => {
  let daemon: TestDaemon | undefined;
  let made: Installation;
  let environment: Record<string, string>;

  const done = async (...words: string[]): Promise<Answer> => {
    const answer = await made.cli(words, environment);
    expect(
      answer.code,
      `${words.join(' ')}\n${answer.stdout.slice(-3000)}\n${answer.stderr.slice(-3000)}`,
    ).toBe(0);
    return answer;
  };
  const last = async (): Promise<Operation> => {
    const [newest] = json<{ operations: Operation[] }>(await done('operations', 'list', '--json')).operations;
    if (newest === undefined) throw new Error('no operation');
    return newest;
  };
  const versions = async (): Promise<Record<string, string | undefined>> => {
    const { servers } = json<Versions>(await done('infra', 'upgrade', '--json'));
    return Object.fromEntries(servers.map(({ server, version }) => [server, version]));
  };
  /** Dies at this moment of an operation, and answers which one it was. */
  const killed = async (moment: string, ...words: string[]): Promise<string> => {
    const fault = { BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: moment };
    const answer = await made.cli(words, { ...environment, ...fault });
    expect(answer.signal, `${answer.stdout.slice(-3000)}\n${answer.stderr.slice(-3000)}`).toBe('SIGKILL');
    const { id, state } = await last();
    expect(state).toBe('interrupted');
    return id;
  };
  const proofs = async (): Promise<string[]> =>
    (await last()).proofs.filter(({ outcome }) => outcome === 'proved').map(({ title }) => title.key);
  const images = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await daemon?.engine.containers())?.map(({ name, image }) => [name, image]) ?? []);
  const ready = async (): Promise<void> => {
    const { servers } = json<{ servers: ServerStatus[] }>(await done('infra', 'status', '--json'));
    expect(servers.filter(({ state }) => state !== 'ready')).toEqual([]);
    await done('verify', '--service-name', 'edge');
  };

  beforeAll(async () => {
    daemon = await startDaemon();
    const postgres = await oldPostgresImage(daemon, old?.path ?? '', old?.version ?? '');
    made = await emptyInstallation();
    environment = { DOCKER_HOST: `unix://${daemon.socket}`, DOCKER_CONFIG: await dockerConfig() };
    const chosen = { OPENBAO_IMAGE: 'openbao/openbao:2.6.2', POSTGRES_IMAGE: postgres };
    const words = ['init', '--topology', 'compose', '--instance', 'old', '--kind', 'lab', ...made.flags];
    const answer = await made.cli(words, { ...environment, ...chosen });
    expect(answer.code, `${answer.stdout}\n${answer.stderr}`).toBe(0);
    await done('service', 'add', 'edge');
  });
  afterAll(async () => {
    await daemon?.stop();
    await made?.stop();
  });

  test('OpenBao goes to the next image: killed, and taken back with its data', async () => {
    expect(await versions()).toMatchObject({
      openbao: '2.6.2',
      postgres: old?.version,
      'step-ca': '0.30.2',
    });
    const before = await images();
    const taken = await killed('switch:after', 'infra', 'upgrade', 'openbao');
    await done('operations', 'undo', taken);
    expect(await images()).toEqual(before);
    await ready();
  });

  test('OpenBao, killed again, is finished, its agents with it, and goes back until it is confirmed', async () => {
    const before = await images();
    const half = await killed('start:after', 'infra', 'upgrade', 'openbao');
    await done('operations', 'resume', half);
    expect(await proofs()).toEqual(
      expect.arrayContaining(
        ['version', 'unsealed', 'keys', 'authority', 'leaf'].map((word) => `upgrade.proof.${word}`),
      ),
    );
    // The agents are of the version of their server.
    expect(await images()).toMatchObject({
      'old-openbao': 'openbao/openbao:2.7.2',
      'old-openbao-agent-stepca': 'openbao/openbao:2.7.2',
      'old-openbao-agent-responder': 'openbao/openbao:2.7.2',
    });
    await ready();

    await done('infra', 'go-back', 'openbao');
    expect(await versions()).toMatchObject({ openbao: '2.6.2' });
    expect(await images()).toEqual(before);
    await ready();
  });

  test('PostgreSQL goes to another major version in the same volume, table by table, and keeps its TLS', async () => {
    const half = await killed('convert:after', 'infra', 'upgrade', 'postgres');
    await done('operations', 'resume', half);
    expect(await proofs()).toEqual(
      expect.arrayContaining(['version', 'keys', 'tables', 'leaf'].map((word) => `upgrade.proof.${word}`)),
    );
    expect(await versions()).toMatchObject({ postgres: '18.4' });
    const layout = await readTextFile(new TopologyPaths(made.paths).layout);
    const { ports } = JSON.parse(layout) as Layout;
    const ca = await readTextFile(made.paths.rootCert);
    const at = { host: '127.0.0.1', port: ports.postgres, servername: '127.0.0.1', ca, timeoutMs: 5_000 };
    expect((await postgresHandshake(at)).ok).toBe(true);
    expect(Object.keys(await images())).not.toContain('old-postgres-next');
    await ready();
    await done('infra', 'confirm', 'postgres');
    // What is not needed any more is gone from the volume.
    const kept = await daemon?.engine.hasPath('old-postgres', '/var/lib/postgresql/15');
    expect(kept).toBe(false);
    await ready();
  });
});
