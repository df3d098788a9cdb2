import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command line, built. */
export const program = fileURLToPath(new URL('../../dist/console.cjs', import.meta.url));

export interface HostAnswer {
  /** Null: it was killed. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that plays a service host: its own files, its own home, and nothing of a work directory. */
export interface RemoteHost {
  path(...parts: string[]): string;
  /** `bootroot-console remote <words>`. */
  remote(
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
    input?: string,
  ): Promise<HostAnswer>;
  /** The process dies right before or after this write. */
  dying(words: readonly string[], write: string, moment: 'before' | 'after'): Promise<HostAnswer>;
  remove(): Promise<void>;
}

export async function remoteHost(): Promise<RemoteHost> {
  const directory = await mkdtemp(join(tmpdir(), 'service-host-'));
  const remote: RemoteHost['remote'] = (words, environment = {}, input = '') =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [program, 'remote', ...words],
        {
          cwd: directory,
          env: { PATH: process.env['PATH'], HOME: directory, LANG: 'C.UTF-8', ...environment },
          timeout: 60_000,
        },
        (error: ExecFileException | null, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, signal: error?.signal ?? null, stdout, stderr });
        },
      );
      child.stdin?.end(input);
    });
  return {
    path: (...parts) => join(directory, ...parts),
    remote,
    dying: (words, write, moment) =>
      remote(words, { BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: `${write}:${moment}:remote` }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
