import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Operation } from '../../shared/contract/operations.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { freePort } from './child.ts';

const program = fileURLToPath(new URL('../../dist/console.cjs', import.meta.url));

export interface CliAnswer {
  /** Null: it was killed by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole installation of its own, made and used through the command line, as an operator's crontab would. */
export interface CliInstallation {
  readonly paths: WorkspacePaths;
  /** @param killAfterMs ends the console like a power cut, wherever it is then */
  run(
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
    killAfterMs?: number,
  ): Promise<CliAnswer>;
  /** As {@link run}; throws what the command said unless it ended with this code. */
  must(words: readonly string[], code?: number): Promise<CliAnswer>;
  /** The newest operation. */
  last(): Promise<Operation>;
  /** Ends the servers and removes everything. */
  stop(): Promise<void>;
}

/** OpenBao, PostgreSQL, step-ca, resolver and responder on free ports, set up by `init`. */
export async function cliInstallation(): Promise<CliInstallation> {
  const directory = await mkdtemp(join(tmpdir(), 'installation-'));
  const paths = new WorkspacePaths(join(directory, 'work'));
  const run: CliInstallation['run'] = (words, environment = {}, killAfterMs) =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [program, '--work-dir', paths.root, '--yes', ...words],
        {
          env: {
            PATH: process.env['PATH'],
            HOME: process.env['HOME'],
            LANG: 'C.UTF-8',
            BOOTROOT_CONSOLE_CONFIG_DIR: join(directory, 'config'),
            ...environment,
          },
          maxBuffer: 64 * 1024 * 1024,
          ...(killAfterMs === undefined ? {} : { timeout: killAfterMs, killSignal: 'SIGKILL' as const }),
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, signal: error?.signal ?? null, stdout, stderr });
        },
      );
    });
  const must: CliInstallation['must'] = async (words, code = 0) => {
    const answer = await run(words);
    if (answer.code !== code)
      throw new Error(`${words.join(' ')}: ${String(answer.code)}\n${answer.stdout}\n${answer.stderr}`);
    return answer;
  };
  const stop = async (): Promise<void> => {
    await run(['infra', 'down']);
    await rm(directory, { recursive: true, force: true });
  };
  const ports = ['openbao', 'openbao-cluster', 'postgres', 'stepca', 'acme-http', 'responder', 'resolver'];
  const flags: string[] = [];
  for (const name of ports) flags.push(`--${name}-port`, String(await freePort()));
  try {
    await must(['init', '--kind', 'lab', ...flags]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    paths,
    run,
    must,
    async last() {
      const { stdout } = await must(['operations', 'list', '--json']);
      const { operations } = JSON.parse(stdout) as { operations: Operation[] };
      const [newest] = operations;
      if (newest === undefined) throw new Error('no operation');
      return newest;
    },
    stop,
  };
}
