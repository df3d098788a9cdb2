import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Operation } from '../../shared/contract/operations.ts';
import type { SetupLocal } from '../../shared/contract/setup.ts';
import type { BootrootConsole } from '../../src-main/console/console.ts';
import type { Call } from '../../src-main/console/dispatcher.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { freePort } from './child.ts';

const portFlags = [
  'openbao',
  'openbao-cluster',
  'postgres',
  'stepca',
  'acme-http',
  'responder',
  'resolver',
] as const;
const program = fileURLToPath(new URL('../../dist/console.cjs', import.meta.url));

export interface Answer {
  /** Null: it was killed by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A console of this process, with short ways to its dispatcher. */
export interface InnerConsole {
  readonly console: BootrootConsole;
  readonly call: <T = unknown>(name: string, input?: unknown) => Promise<T>;
  /** The first item of a stream. */
  readonly first: <T = unknown>(name: string, input?: unknown) => Promise<T>;
  /** Plans, confirms, starts and waits. */
  readonly operate: (kind: string, input: unknown, secrets?: Record<string, string>) => Promise<Operation>;
}

export interface Installation {
  readonly paths: WorkspacePaths;
  /** Flags of `init` for ports that nobody has. */
  readonly flags: readonly string[];
  /** The command line as its own process, standard input closed. */
  cli(
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
    options?: {
      readonly killAfterMs?: number;
      readonly kill?: AbortSignal;
      readonly under?: readonly string[];
    },
  ): Promise<Answer>;
  /** As {@link cli}; throws what it said unless it ended with this code. */
  must(words: readonly string[], code?: number): Promise<Answer>;
  open(host?: 'web' | 'cli'): Promise<InnerConsole>;
  last(): Promise<Operation>;
  /** Ends consoles and servers and removes everything. */
  stop(): Promise<void>;
}

function inner(console: BootrootConsole): InnerConsole {
  const call: Call = { actor: 'test@test', host: 'web', signal: new AbortController().signal };
  const ask = <T>(name: string, input: unknown = {}): Promise<T> =>
    console.dispatcher.call(name, input, call) as Promise<T>;
  return {
    console,
    call: ask,
    async first<T>(name: string, input: unknown = {}) {
      for await (const item of console.dispatcher.open(name, input, call)) return item as T;
      throw new Error(`${name} ended without an item`);
    },
    async operate(kind, input, secrets = {}) {
      const plan = await ask<{ digest: string; confirm: { typed?: string } }>('operations.plan', {
        kind,
        input,
      });
      const { typed } = plan.confirm;
      const started = await ask<Operation>('operations.start', {
        kind,
        input,
        digest: plan.digest,
        secrets,
        ...(typed === undefined ? {} : { typed }),
      });
      return console.required().engine.waitFor(started.id);
    },
  };
}

/** A directory, ports and a console configuration of their own; nothing is set up yet. */
export async function emptyInstallation(root?: string): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'installation-'));
  const paths = new WorkspacePaths(root ?? join(directory, 'work'));
  const config = join(directory, 'config');
  process.env['BOOTROOT_CONSOLE_CONFIG_DIR'] = config;
  const opened: BootrootConsole[] = [];
  const flags: string[] = [];
  for (const name of portFlags) flags.push(`--${name}-port`, String(await freePort()));
  const cli: Installation['cli'] = (words, environment = {}, { killAfterMs, kill, under = [] } = {}) =>
    new Promise((resolve) => {
      const line = [...under, process.execPath, program, '--work-dir', paths.root, '--yes', ...words];
      const [command = '', ...args] = line;
      const child = execFile(
        command,
        args,
        {
          env: {
            PATH: process.env['PATH'],
            HOME: process.env['HOME'],
            LANG: 'C.UTF-8',
            BOOTROOT_CONSOLE_CONFIG_DIR: config,
            ...environment,
          },
          maxBuffer: 64 * 1024 * 1024,
          killSignal: 'SIGKILL',
          ...(killAfterMs === undefined ? {} : { timeout: killAfterMs }),
          ...(kill === undefined ? {} : { signal: kill }),
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, signal: error?.signal ?? null, stdout, stderr });
        },
      );
      child.stdin?.end();
    });
  const must: Installation['must'] = async (words, code = 0) => {
    const answer = await cli(words);
    if (answer.code !== code)
      throw new Error(`${words.join(' ')}: ${String(answer.code)}\n${answer.stdout}\n${answer.stderr}`);
    return answer;
  };
  return {
    paths,
    flags,
    cli,
    must,
    async open(host = 'cli') {
      // Only here: the browser tests' loader does not take the core.
      const { openConsole } = await import('../../src-main/console/console.ts');
      const console = await openConsole({ host, workspacePath: paths.root });
      opened.push(console);
      return inner(console);
    },
    async last() {
      const { stdout } = await must(['operations', 'list', '--json']);
      const [newest] = (JSON.parse(stdout) as { operations: Operation[] }).operations;
      if (newest === undefined) throw new Error('no operation');
      return newest;
    },
    async stop() {
      for (const console of opened) await console.shutdown();
      await cli(['infra', 'down']);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A running lab installation made by the command line; or, with `change`, what that says of it by a console of this process. */
export async function installation(
  change?: (defaults: SetupLocal) => SetupLocal,
  secrets: Record<string, string> = {},
): Promise<Installation> {
  const made = await emptyInstallation();
  try {
    if (change === undefined) {
      await made.must(['init', '--kind', 'lab', ...made.flags]);
      return made;
    }
    const { console, call, operate } = await made.open();
    const defaults = await call<SetupLocal>('setup.defaults', { path: made.paths.root });
    const { openbao, postgres, stepca, responder, resolver } = defaults;
    const input = change({
      ...defaults,
      openbao: { ...openbao, port: await freePort(), clusterPort: await freePort() },
      postgres: { ...postgres, port: await freePort() },
      stepca: { ...stepca, port: await freePort(), acmeHttpPort: await freePort() },
      responder: { ...responder, adminPort: await freePort() },
      resolver: { ...resolver, port: await freePort() },
    });
    const done = await operate('setup.local', input, secrets);
    if (done.state !== 'done') throw new Error(JSON.stringify(done.error));
    await console.shutdown();
    return made;
  } catch (error) {
    await made.stop();
    throw error;
  }
}

/** Every regular file below a directory, without the servers' own data; and without locks, which closing a reader of them would drop. */
export async function filesBelow(root: string, skip: readonly string[] = []): Promise<string[]> {
  const found: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (skip.includes(relative(root, path))) continue;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() && !entry.name.endsWith('.lock.db')) found.push(path);
    }
  };
  await walk(root);
  return found;
}

/** `name in file` for each secret that stands in a file where nobody said it may. */
export async function leaks(
  root: string,
  secrets: ReadonlyMap<string, string>,
  allowed: (path: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(root)) {
    if (allowed(relative(root, path)) || (await stat(path).catch(() => undefined)) === undefined) continue;
    const data = await readFile(path).catch(() => Buffer.alloc(0));
    for (const [name, value] of secrets)
      if (data.includes(value)) found.push(`${name} in ${relative(root, path)}`);
  }
  return found;
}
