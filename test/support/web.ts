import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface WebConsole {
  readonly child: ChildProcess;
  readonly configHome: string;
  /** The one-time address printed at the start. */
  readonly address: string;
  /** Asks the running console for a fresh one-time address. */
  newAddress(): Promise<string>;
  close(): Promise<void>;
}

export interface StartWebOptions {
  readonly workspace?: string;
  readonly configHome?: string;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A program that runs the console, such as `unshare`. */
  readonly under?: readonly string[];
}

function nextAddress(lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => resolve((JSON.parse(line) as { address: string }).address));
    lines.once('close', () => reject(new Error('the console ended before it printed its address')));
  });
}

/** Runs the built console as `bootroot-console web` on a free port. `npm run build` has run before. */
export async function startWebConsole(options: StartWebOptions = {}): Promise<WebConsole> {
  const configHome = options.configHome ?? (await mkdtemp(path.join(tmpdir(), 'bootroot-web-')));
  await mkdir(configHome, { recursive: true });
  const workDir = options.workspace === undefined ? [] : ['--work-dir', options.workspace];
  const [command = '', ...words] = [
    ...(options.under ?? []),
    process.execPath,
    path.join(root, 'dist', 'console.cjs'),
    'web',
    '--json',
    ...workDir,
    ...(options.arguments ?? []),
  ];
  const child = spawn(command, words, {
    cwd: configHome,
    env: { ...process.env, XDG_CONFIG_HOME: configHome, ...options.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = await nextAddress(lines);
  return {
    child,
    configHome,
    address,
    newAddress() {
      const next = nextAddress(lines);
      child.kill('SIGUSR1');
      return next;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
