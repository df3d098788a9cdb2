import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { emptyInstallation, type Installation } from '../support/installation.ts';

const why = noEngine();

describe.skipIf(why !== undefined)(`moving an installation${why === undefined ? '' : ` (${why})`}`, () => {
  let daemon: TestDaemon | undefined;
  let stack: Installation;
  let settings: Record<string, string> = {};

  const cli = (...words: string[]) => stack.cli(words, settings);
  const done = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(...words);
    expect(code, `${words.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
    return stdout;
  };
  const states = async (): Promise<unknown> => {
    const { servers } = JSON.parse(await done('infra', 'status', '--json')) as { servers: ServerStatus[] };
    return Object.fromEntries(servers.map(({ name, state }) => [name, state]));
  };
  const last = async (): Promise<Operation> =>
    (JSON.parse(await done('operations', 'list', '--json')) as { operations: Operation[] }).operations[0]!;
  const killed = async (moment: string, ...words: string[]): Promise<Operation> => {
    const fault = { BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: moment };
    const { signal, stdout, stderr } = await stack.cli(words, { ...settings, ...fault });
    expect(signal, `${stdout}\n${stderr}`).toBe('SIGKILL');
    return last();
  };

  beforeAll(async () => {
    const postgres = await ensureServer('postgres', { major: 18 });
    daemon = await startDaemon();
    settings = {
      DOCKER_HOST: `unix://${daemon.socket}`,
      DOCKER_CONFIG: await dockerConfig(),
      BOOTROOT_CONSOLE_POSTGRES_BIN: postgres.path,
    };
    stack = await emptyInstallation();
    await done('init', '--kind', 'lab', ...stack.flags);
    await done('service', 'add', 'edge-proxy');
  });
  afterAll(async () => {
    await stack?.cli(['infra', 'down'], settings);
    await daemon?.stop();
    await stack?.stop();
  });

  test('into containers', async () => {
    await done('infra', 'move', '--to', 'compose', '--instance', 'green');
    expect(await states()).toEqual({
      openbao: 'ready',
      postgres: 'ready',
      responder: 'ready',
      'step-ca': 'ready',
    });
    console.log(
      JSON.stringify((await last()).proofs.map((p) => [p.title.key, p.outcome, p.evidence?.params])),
    );
    await done('verify', '--service-name', 'edge-proxy');
    await done('infra', 'move-confirm');
  });
  test('and back', async () => {
    const { id } = await killed('data-postgres:before', 'infra', 'move', '--to', 'processes');
    await done('operations', 'resume', id);
    console.log(
      JSON.stringify((await last()).proofs.map((p) => [p.title.key, p.outcome, p.evidence?.params])),
    );
    await done('verify', '--service-name', 'edge-proxy');
    await done('infra', 'move-back');
    await done('verify', '--service-name', 'edge-proxy');
  });
});
