import { copyFile, lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { copyTree, isThere } from '../workspace/tree-copy.ts';
import { ensureDirectory } from '../workspace/atomic.ts';

/**
 * What opens the rest is never in a set: whoever has a set must not be able to unseal the snapshot in it, nor to read the CA's keys,
 * whose password is in that snapshot.
 */
const keptApart = (paths: WorkspacePaths): readonly string[] => [
  paths.unsealKeys,
  paths.recoveryFile,
  paths.passwordFile,
];

const ofTheRoot = /\.(?:json|toml|ya?ml|hcl)$|^\.env$/;

/**
 * The files of an installation: what lies at the top of the work directory, the certificates, and the secrets without
 * {@link keptApart} and what operations stage.
 * @param to a directory that nobody else reads
 */
export async function copyFiles(paths: WorkspacePaths, to: string, signal: AbortSignal): Promise<void> {
  await ensureDirectory(to, { mode: 0o700 });
  for (const name of await readdir(paths.root)) {
    const path = join(paths.root, name);
    if (!ofTheRoot.test(name) || !(await lstat(path)).isFile()) continue;
    await copyFile(path, join(to, name));
  }
  if (await isThere(paths.certs)) await copyTree(paths.certs, join(to, basename(paths.certs)), signal);
  if (!(await isThere(paths.secrets))) return;
  const secrets = join(to, 'secrets');
  await rm(secrets, { recursive: true, force: true });
  await copyTree(paths.secrets, secrets, signal);
  for (const path of [...keptApart(paths), join(paths.secrets, '.staging')])
    await rm(join(secrets, relative(paths.secrets, path)), { recursive: true, force: true });
}

/** Bytes of a file; 0 where there is none. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
