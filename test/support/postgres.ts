import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { probeLogin } from '../../src-main/postgres/probe.ts';
import { parseDsn, type Dsn } from '../../src-main/postgres/dsn.ts';
import { binary } from './binaries.ts';
import { freePort, untilReady, startChild, type TestChild } from './child.ts';

const run = promisify(execFile);

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** DSN of the administrator, password included, database `postgres`. */
  readonly adminDsn: string;
  readonly admin: Dsn;
  /** Its data directory; with TLS, `server.crt` and `server.key` stand beside it. */
  readonly data: string;
  /** The server's log, statements included. */
  output(): string;
  /** Ends the process; its data stay. */
  halt(): Promise<void>;
  /** Starts it again on the same data and port. */
  resume(): Promise<void>;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Takes no writes, as a copy of another one. */
  readonly readOnly?: boolean;
  /** Lines of pg_hba.conf instead of SCRAM for everybody. */
  readonly hba?: readonly string[];
  /** Every statement into the output; true unless given. */
  readonly logStatements?: boolean;
}

/** PostgreSQL refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A directory with the programs that the unprivileged user can reach: a cache below root's home cannot be. */
async function reachable(program: string, directory: string): Promise<string> {
  try {
    await run(program, ['--version'], user);
    return dirname(program);
  } catch {
    const copy = join(directory, 'programs');
    await cp(dirname(dirname(program)), copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, 'bin');
  }
}

/** A real PostgreSQL on a free port of 127.0.0.1, passwords by SCRAM, every statement logged. */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'postgres-'));
  await chmod(directory, 0o755);
  const programs = await reachable(await binary('postgres'), directory);
  const home = join(directory, 'home');
  await run('mkdir', ['-m', '0700', home]);
  if (user.uid !== undefined) await chown(home, user.uid, user.gid);
  const own = async (name: string, text: string): Promise<string> => {
    const path = join(home, name);
    await writeFile(path, text, { mode: 0o600 });
    if (user.uid !== undefined) await chown(path, user.uid, user.gid);
    return path;
  };
  const password = 'administrator of a test';
  const passwordFile = await own('password', password);
  const data = join(home, 'data');
  const initArgs = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  await run(join(programs, 'initdb'), [...initArgs, '-E', 'UTF8', '--locale=C', '-N'], {
    ...user,
    cwd: home,
  });
  if (options.hba !== undefined) await own('data/pg_hba.conf', `${options.hba.join('\n')}\n`);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${String(port)}`, `unix_socket_directories=${home}`];
  const quick = ['fsync=off'];
  if (options.logStatements !== false) quick.push('log_statement=all', 'log_min_error_statement=debug5');
  if (options.tls !== undefined) {
    const cert = await own('server.crt', options.tls.cert);
    const key = await own('server.key', options.tls.key);
    quick.push('ssl=on', `ssl_cert_file=${cert}`, `ssl_key_file=${key}`);
  }
  if (options.readOnly === true) quick.push('default_transaction_read_only=on');
  const args = ['-D', data, ...[...settings, ...quick].flatMap((setting) => ['-c', setting])];
  const adminDsn = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/postgres?sslmode=disable`;
  const admin = parseDsn(adminDsn);
  let child: TestChild;
  const start = async (): Promise<void> => {
    child = startChild(join(programs, 'postgres'), args, { cwd: home, ...user });
    await untilReady(child, async () => {
      const probe = await probeLogin(admin);
      return probe.ok || ['postgres_password', 'postgres_tls'].includes(probe.error.code);
    });
  };
  // SIGTERM would wait for every session to end by itself.
  const halt = async (): Promise<void> => {
    child.process.kill('SIGINT');
    await child.stop();
  };
  const stop = async (): Promise<void> => {
    await halt();
    await rm(directory, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    host: '127.0.0.1',
    port,
    adminDsn,
    admin,
    data,
    output: () => child.output(),
    halt,
    resume: start,
    stop,
  };
}
