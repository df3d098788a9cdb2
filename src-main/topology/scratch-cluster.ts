import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import { freePort } from '../processes/ports.ts';
import type { Layout } from './layout.ts';

const run = promisify(execFile);

/** Ends a server on these data, if one runs: also one that a console which was killed has left behind. */
export async function stopScratch(layout: Layout, program: string, data: string): Promise<void> {
  if ((await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined)) === undefined) return;
  await pgCtl(layout, program, ['-D', data, '-m', 'fast', '-w', '-t', '60', 'stop']).catch(() => undefined);
}

async function pgCtl(layout: Layout, program: string, args: readonly string[]): Promise<void> {
  const { home, user } = layout.postgres;
  await run(join(dirname(program), 'pg_ctl'), [...args], {
    cwd: home,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
}

/**
 * Runs a server of its own on these data, on loopback and a free port, for the time of the work.
 * @param program `postgres` of the version that the data are of
 * @throws `postgres_scratch` with what it said
 */
export async function withScratchServer<T>(
  layout: Layout,
  program: string,
  data: string,
  work: (port: number) => Promise<T>,
): Promise<T> {
  await stopScratch(layout, program, data);
  const port = await freePort(5_640);
  const settings = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories= -c logging_collector=off`;
  try {
    await pgCtl(layout, program, [
      ...['-D', data, '-w', '-t', '60', '-l', join(data, 'scratch.log')],
      ...['-o', settings, 'start'],
    ]);
  } catch (cause) {
    const said = await readFile(join(data, 'scratch.log'), 'utf8').catch(() => '');
    throw new ConsoleError('postgres_scratch', { data }, { cause, detail: said.slice(-2000) });
  }
  try {
    return await work(port);
  } finally {
    await stopScratch(layout, program, data);
  }
}
