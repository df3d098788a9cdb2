import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { ExclusiveLock, readLockNote } from '../workspace/exclusive-lock.ts';
import { fileFailure } from '../workspace/file-failure.ts';
import { CachePaths } from './cache-paths.ts';
import { factsOf, obtainable, type ServerName } from './catalogue.ts';
import { treeDigests } from './digest.ts';
import type { InstallContext } from './fetch-file.ts';
import {
  askVersion,
  findServer,
  requireServer,
  surveyServer,
  type FindOptions,
  type FoundServer,
} from './find-server.ts';
import { installOpenBao } from './install-openbao.ts';
import { installPostgres } from './install-postgres.ts';
import { installStepCa } from './install-step-ca.ts';
import { manifestName } from './manifest.ts';
import { verifying, type OnProgress } from './progress.ts';

export interface EnsureOptions extends FindOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** Tests pretend another machine. */
  readonly machine?: { readonly platform: string; readonly arch: string };
}

type Installer = (
  directory: string,
  context: InstallContext,
  onProgress: OnProgress,
  version: string,
) => Promise<void>;
const installers: Readonly<Record<ServerName, Installer>> = {
  openbao: installOpenBao,
  postgres: installPostgres,
  'step-ca': installStepCa,
};

async function waitForLock(path: string, signal: AbortSignal | undefined): Promise<ExclusiveLock> {
  const deadline = Date.now() + 15 * 60_000;
  for (;;) {
    if (signal?.aborted === true) throw new ConsoleError('cancelled');
    const lock = await ExclusiveLock.tryAcquire(path, 'servers');
    if (lock !== undefined) return lock;
    if (Date.now() > deadline) {
      const note = await readLockNote(path);
      throw new ConsoleError('lock_held', { path, holder: note?.holder ?? '?', pid: note?.pid ?? 0 });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function install(
  name: ServerName,
  wanted: string | undefined,
  context: InstallContext,
  onProgress: OnProgress,
): Promise<void> {
  const facts = factsOf(name, wanted);
  const final = context.cache.server(name, facts.version);
  const staging = `${final}.part`;
  // Held alone, so what is left here is of a process that died.
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o755 });
  try {
    await installers[name](staging, context, onProgress, facts.version);
    onProgress({ message: verifying(facts.title), fraction: 0.99 });
    const program = join(staging, facts.installed);
    const version = await askVersion(program, facts.versionArgs, facts.versionPattern);
    if (version !== facts.version) {
      throw new ConsoleError('server_unusable', { server: facts.title, path: program });
    }
    const digests = await treeDigests(staging);
    await writeFile(join(staging, manifestName), JSON.stringify({ version, files: digests }, undefined, 1));
    await rm(final, { recursive: true, force: true });
    await rename(staging, final);
  } catch (error) {
    throw fileFailure(error, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  for (const path of context.used) await rm(path, { force: true });
}

/**
 * The program of a server: the one that is there, else got by the package clients at the pinned version into the user's cache.
 * With `version`: exactly that one, whatever else is there.
 * Safe to interrupt at any time and to run in two processes at once. The caller tells the operator before; `onProgress` while.
 * @throws `server_platform`, `server_version_unknown`, `server_download`, `server_client_missing`, `server_digest`, `server_unusable`, `server_too_old`,
 *   `lock_held`, `cancelled`, file errors
 */
export async function ensureServer(name: ServerName, options: EnsureOptions = {}): Promise<FoundServer> {
  const environment = options.environment ?? process.env;
  const onProgress = options.onProgress ?? (() => undefined);
  const present = await surveyServer(name, options);
  if (present.found !== undefined) return present.found;
  // What the operator named explicitly is never silently replaced by something else.
  if (options.version === undefined && present.refused.some(({ source }) => source === 'configured'))
    return requireServer(name, options);
  const { platform, arch } = options.machine ?? process;
  const facts = factsOf(name, options.version);
  if (options.version !== undefined && !obtainable(name).includes(options.version))
    throw new ConsoleError('server_version_unknown', { server: facts.title, version: options.version });
  if (platform !== 'linux' || arch !== 'x64') {
    throw new ConsoleError('server_platform', {
      server: facts.title,
      machine: `${platform} ${arch}`,
      program: facts.program,
      oldest: facts.oldest,
      variable: facts.variable,
    });
  }
  const cache = new CachePaths(environment);
  await mkdir(cache.servers, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
    throw fileFailure(error, cache.servers);
  });
  await mkdir(cache.downloads, { recursive: true, mode: 0o700 });
  const lock = await waitForLock(cache.lock(name), options.signal);
  try {
    // Another process may have done it while this one waited.
    const meanwhile = await findServer(name, options);
    if (meanwhile !== undefined) return meanwhile;
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    await install(name, options.version, { cache, environment, used: [], ...signal }, onProgress);
  } finally {
    lock.release();
  }
  return requireServer(name, options);
}
