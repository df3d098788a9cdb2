import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { ensureServer } from '../../../src-main/servers/ensure-server.ts';
import type { TestDaemon } from './daemon.ts';
import { makeNetwork, startHost, type TestHost } from './host.ts';
import { systemdImage } from './images.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const console = ['/usr/local/bin/node', '/opt/console/dist/console.cjs'];
const servers = [
  'BOOTROOT_CONSOLE_OPENBAO_BIN=/usr/local/bin/bao',
  'BOOTROOT_CONSOLE_STEP_CA_BIN=/usr/local/bin/step-ca',
  'BOOTROOT_CONSOLE_POSTGRES_BIN=/usr/local/pgsql/bin/postgres',
];

export interface Answer {
  readonly code: number;
  readonly said: string;
  readonly result: Readonly<Record<string, unknown>>;
}

/** A host with systemd on which the console, the servers' programs and a work directory are. */
export interface ServerHost {
  readonly host: TestHost;
  readonly workDir: string;
  /** The command line on that host, as its administrator. */
  readonly cli: (...words: string[]) => Promise<Answer>;
  /** The same with more environment, as `NAME=value`. */
  readonly cliWith: (environment: readonly string[], ...words: string[]) => Promise<Answer>;
  /** As {@link cli}; it must end well. */
  readonly done: (...words: string[]) => Promise<Answer>;
  /** A property of the unit `bootroot-<id>.service`. */
  readonly show: (id: string, property: string) => Promise<string>;
}

/** Starts it; nothing is set up yet. */
export async function startServerHost(daemon: TestDaemon, name: string): Promise<ServerHost> {
  const workDir = '/srv/bootroot';
  const [openbao, stepCa, postgres] = await Promise.all([
    ensureServer('openbao'),
    ensureServer('step-ca'),
    // The one that carries all its libraries.
    ensureServer('postgres', { major: 18 }),
  ]);
  const host = await startHost(daemon, {
    name,
    image: await systemdImage(daemon),
    network: await makeNetwork(daemon, name),
    mounts: [
      `${root}/dist:/opt/console/dist:ro`,
      `${root}/node_modules:/opt/console/node_modules:ro`,
      `${openbao.path}:/usr/local/bin/bao:ro`,
      `${stepCa.path}:/usr/local/bin/step-ca:ro`,
      `${dirname(dirname(postgres.path))}:/usr/local/pgsql:ro`,
    ],
  });
  const cliWith: ServerHost['cliWith'] = async (environment, ...words) => {
    const program = [...console, '--work-dir', workDir, '--json'];
    const { code, stdout, stderr } = await host.exec([
      'env',
      ...servers,
      ...environment,
      ...program,
      ...words,
    ]);
    const said = `${stdout}\n${stderr}`;
    return { code, said, result: JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as Answer['result'] };
  };
  return {
    host,
    workDir,
    cliWith,
    cli: (...words) => cliWith([], ...words),
    done: async (...words) => {
      const answer = await cliWith([], ...words);
      expect(answer.code, answer.said).toBe(0);
      return answer;
    },
    show: async (id, property) =>
      (await host.must(['systemctl', 'show', '-P', property, `bootroot-${id}.service`])).trim(),
  };
}
