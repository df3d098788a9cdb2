import { constants } from 'node:fs';
import { access, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DirectoryReport } from '../../shared/contract/workspace.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { readTextFileIfPresent } from './atomic.ts';
import { errno } from './file-failure.ts';
import { stateGeneration } from './generation.ts';
import { WorkspacePaths } from './paths.ts';
import { readState } from './state.ts';

/** Errno that a kind of access meets, or undefined when it is granted. */
async function refusal(path: string, mode: number): Promise<string | undefined> {
  try {
    await access(path, mode);
    return undefined;
  } catch (error) {
    return errno(error) ?? 'EIO';
  }
}

const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** The directory itself, or the nearest one above it that is there. */
async function nearest(path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await exists(path)) ? path : nearest(parent);
}

/**
 * Whether `path` is a work directory: of the console or of the original tools. Cheap, for lists.
 */
export async function isInstallation(path: string): Promise<boolean> {
  const paths = new WorkspacePaths(path);
  return (await exists(paths.state)) || (await exists(paths.store)) || (await exists(paths.settings));
}

async function installationOf(
  paths: WorkspacePaths,
  problems: Message[],
): Promise<Pick<DirectoryReport, 'installation' | 'services'>> {
  const ours = (await exists(paths.store)) || (await exists(paths.settings));
  if (!(await exists(paths.state))) {
    if (await exists(paths.caConfig))
      problems.push(message('workspace.problem.state_lost', { path: paths.state }));
    return { installation: ours ? 'console' : 'none', services: 0 };
  }
  try {
    const state = await readState(paths.state);
    const generation = stateGeneration(state) === 'newer' ? 'bootroot-newer' : 'bootroot-older';
    return {
      installation: ours ? 'console' : generation,
      services: Object.keys(state.services ?? {}).length,
    };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    problems.push(message(`error.${error.code}.what`, error.data.params));
    const text = await readTextFileIfPresent(paths.state).catch(() => '');
    const guess = text?.includes('"registration_id"') === true ? 'bootroot-newer' : 'bootroot-older';
    return { installation: ours ? 'console' : guess, services: 0 };
  }
}

/**
 * What a directory holds and whether the console can work in it, found out without any effect. What stands in the way is named.
 * @param path absolute, or relative to the process's directory
 */
export async function inspectDirectory(path: string): Promise<DirectoryReport> {
  const root = resolve(path);
  const nothing = { path: root, installation: 'none', services: 0 } as const;
  const problems: Message[] = [];
  const base = await nearest(root);
  const there = base === root;
  const found = await stat(base).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) {
    const unreachable = found === undefined ? 'permission_denied' : 'not_a_directory';
    problems.push(message(`error.${unreachable}.what`, { path: base }));
    return { ...nothing, exists: there, writable: false, readOnlyMount: false, empty: false, problems };
  }
  const writing = await refusal(base, constants.W_OK | constants.X_OK);
  const readOnlyMount = writing === 'EROFS';
  if (readOnlyMount) problems.push(message('error.read_only.what', { path: base }));
  else if (writing !== undefined) problems.push(message('workspace.problem.not_writable', { path: base }));
  const report = { exists: there, writable: writing === undefined, readOnlyMount, problems };
  if (!there) return { ...nothing, ...report, empty: true };
  const names = await readdir(root).catch(() => undefined);
  if (names === undefined || (await refusal(root, constants.X_OK)) !== undefined) {
    problems.push(message('workspace.problem.not_readable', { path: root }));
    return { ...nothing, ...report, empty: false };
  }
  const empty = names.length === 0;
  const paths = new WorkspacePaths(root);
  for (const part of [paths.state, paths.secrets, paths.certs, paths.console])
    await checkPart(part, problems);
  return { path: root, ...report, empty, ...(await installationOf(paths, problems)) };
}

/** A part of an installation that is there but cannot be used. */
async function checkPart(path: string, problems: Message[]): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.isSymbolicLink()) problems.push(message('error.symlink_refused.what', { path }));
  else if ((await refusal(path, constants.R_OK | (found.isDirectory() ? constants.X_OK : 0))) !== undefined)
    problems.push(message('workspace.problem.not_readable', { path }));
  else if ((await refusal(path, constants.W_OK)) === 'EACCES')
    problems.push(message('workspace.problem.not_writable', { path }));
}
