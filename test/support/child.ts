import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { transports, whoHolds } from '../../src-main/processes/ports.ts';

/** A server of a test: ended by its own process id, its output kept for when it does not start. */
export interface TestChild {
  readonly process: ChildProcess;
  output(): string;
  stop(): Promise<void>;
}

/** Starts a program with exactly this environment. */
export function startChild(
  command: string,
  args: readonly string[],
  options: {
    env?: Record<string, string>;
    cwd?: string;
    uid?: number;
    gid?: number;
    /** In a process group of its own: it outlives one that is killed with its tests. */
    detached?: boolean;
  } = {},
): TestChild {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
    detached: options.detached === true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => (text += String(error)));
  return {
    process: child,
    output: () => text,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(hard);
    },
  };
}

/** Waits until `look` answers true. @throws Error with the program's output when it ended or the time is up */
export async function untilReady(
  child: TestChild,
  look: () => Promise<boolean>,
  patienceMs = 20_000,
): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    if (await look().catch(() => false)) return;
    if (child.process.exitCode !== null || Date.now() > end)
      throw new Error(
        `not ready: ${child.output().trim().split('\n').slice(-1)[0] ?? ''}\n${child.output()}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const handedOut = new Set<number>();

/** Takes a port before the other test files of this run do, each of which is a process of its own. */
function claim(port: number): boolean {
  if (handedOut.has(port)) return false;
  handedOut.add(port);
  const claims = process.env['BOOTROOT_TEST_PORTS'];
  if (claims === undefined) return true;
  try {
    mkdirSync(join(claims, String(port)));
    return true;
  } catch {
    return false;
  }
}

/**
 * A port that was free a moment ago for TCP and UDP. It lies below those that the kernel gives to outgoing connections, so nobody gets
 * it by chance until its server starts, and no other caller of this run gets it at all.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    if (claim(port) && (await whoHolds(port, transports)) === undefined) return port;
  }
}
