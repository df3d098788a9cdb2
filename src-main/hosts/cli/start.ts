import path from 'node:path';
import { distDirectory } from '../../install/paths.ts';
import type { OpenConsole, Registry } from './context.ts';
import { runCommandLine } from './program.ts';

export interface Words {
  readonly register: (registry: Registry) => void;
  readonly openConsole: OpenConsole;
  /** Programs that run for long read their configuration again at SIGHUP; all others end. */
  readonly rereads: boolean;
}

/** Runs the command line of this process and sets its exit code. */
export function startCommandLine({ register, openConsole, rereads }: Words): void {
  const controller = new AbortController();
  let signals = 0;
  const endings: readonly NodeJS.Signals[] = rereads
    ? ['SIGINT', 'SIGTERM']
    : ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of endings) {
    process.on(name, () => {
      signals += 1;
      controller.abort();
      // A second signal does not wait for the next safe point; the journal makes that recoverable.
      if (signals > 1) process.exit(130);
    });
  }
  runCommandLine({
    argv: process.argv.slice(2),
    terminal: {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
    },
    openConsole,
    rendererDir: path.join(distDirectory(), 'renderer'),
    signal: controller.signal,
    register,
  }).then(
    (code) => {
      process.exitCode = code;
      // An open prompt or a server that was left running must not keep the command alive.
      setTimeout(() => process.exit(code), 2000).unref();
      process.stdin.destroy();
    },
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
}
