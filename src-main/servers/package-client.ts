import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ConsoleError } from '../../shared/errors.ts';
import { errno } from '../workspace/file-failure.ts';

/** How a package client ended, when it did not end well. */
export class ClientFailure extends Error {
  /** `ENOENT` when the program is not there, else its exit code or signal. */
  readonly code: string;
  /** The last lines that it printed. */
  readonly output: string;

  constructor(command: string, code: string, output: string) {
    super(`${command}: ${code}`);
    this.name = 'ClientFailure';
    this.code = code;
    this.output = output;
  }
}

export interface ClientOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

const secretNames = /^(OPENBAO|VAULT|BAO|BOOTROOT|PG|POSTGRES|GRAFANA)_|_(TOKEN|SECRET|PASSWORD)$/;

/** Proxies, mirrors and caches of the operator's package clients stay; what may be a secret of the installation goes. */
function clientEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !secretNames.test(pair[0]),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', ...added };
}

/**
 * Runs a package client to its end and answers what it printed on standard output.
 * @throws ClientFailure, ConsoleError `cancelled`
 */
export async function runClient(
  command: string,
  args: readonly string[],
  options: ClientOptions,
): Promise<string> {
  const { signal } = options;
  const cancelled = (): boolean => signal?.aborted ?? false;
  if (cancelled()) throw new ConsoleError('cancelled');
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: clientEnvironment(options.environment ?? process.env, options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that cancelling ends the client's helpers as well.
    detached: true,
  });
  const output: string[] = [];
  const tail: string[] = [];
  const note = (line: string): void => {
    tail.push(line);
    if (tail.length > 30) tail.shift();
    options.onLine?.(line);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line);
    note(line);
  });
  createInterface({ input: child.stderr }).on('line', note);
  const abort = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself a moment ago.
    }
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const code = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(errno(error) ?? 'unknown'));
      child.once('close', (exit, by) => resolve(by ?? String(exit ?? 0)));
    });
    if (cancelled()) throw new ConsoleError('cancelled');
    if (code !== '0') throw new ClientFailure(command, code, tail.join('\n'));
    return output.join('\n');
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
