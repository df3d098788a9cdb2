import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/console.cjs', import.meta.url));

export interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** From the first step to the end, milliseconds; absent when no step began. */
  readonly workedMs?: number;
  readonly output: string;
}

/**
 * Runs the command line and ends it as a power cut would.
 * @param killAfterMs counted from the first step of its operation; undefined: it is left alone
 */
export function runKillable(
  root: string,
  words: readonly string[],
  killAfterMs?: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, '--work-dir', root, '--yes', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LANG: 'C.UTF-8', ...environment },
    });
    let output = '';
    let begun: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (begun !== undefined || !/^\[1\//m.test(output)) return;
      begun = Date.now();
      if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output, ...(begun === undefined ? {} : { workedMs: Date.now() - begun }) });
    });
  });
}
