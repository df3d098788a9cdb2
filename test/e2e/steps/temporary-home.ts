import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const command = fileURLToPath(new URL('../../../dist/console.cjs', import.meta.url));

/** The home of a person who has never used the console; only the cache of fetched servers is the real one. */
export interface TemporaryHome {
  readonly directory: string;
  readonly configHome: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Stops the servers of the installations in it, then removes it. */
  dispose(): Promise<void>;
}

const cacheDirectory = (): string =>
  process.env['BOOTROOT_CONSOLE_CACHE_DIR'] ??
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'bootroot-console');

export async function makeTemporaryHome(): Promise<TemporaryHome> {
  // Short, because sockets lie in it; passable, because PostgreSQL runs as another user when the tests run as root.
  const directory = await mkdtemp('/tmp/bcn-');
  await chmod(directory, 0o711);
  const configHome = path.join(directory, 'config');
  const environment = {
    HOME: directory,
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: configHome,
    // An installation of the same test may have set another one for this process.
    BOOTROOT_CONSOLE_CONFIG_DIR: path.join(configHome, 'bootroot-console'),
    XDG_DATA_HOME: path.join(directory, 'data'),
    XDG_STATE_HOME: path.join(directory, 'state'),
    BOOTROOT_CONSOLE_CACHE_DIR: cacheDirectory(),
  };
  return {
    directory,
    configHome,
    environment,
    async dispose() {
      const names = await readdir(directory);
      const installations = names
        .map((name) => path.join(directory, name))
        .filter((each) => existsSync(path.join(each, '.console')));
      try {
        for (const each of installations)
          await run(process.execPath, [command, 'infra', 'down', '--yes', '--work-dir', each], {
            env: { ...process.env, ...environment },
            timeout: 60_000,
          });
      } finally {
        await rm(directory, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}
