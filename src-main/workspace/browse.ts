import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Output } from '../../shared/contract/index.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { errno, fileFailure } from './file-failure.ts';
import { isInstallation } from './inspect.ts';

export type DirectoryListing = Output<'workspaces.browse'>;

/** More folders than one can pick from; the rest is left out. */
const mostEntries = 1000;

/**
 * Folders below a folder, by name, for a picker. Hidden ones are left out unless asked for; a link to a folder counts as one.
 * @param path the home directory unless given
 * @throws `file_missing`, `not_a_directory`, `permission_denied`
 */
export async function browseDirectory(
  path: string = homedir(),
  options: { readonly hidden?: boolean } = {},
): Promise<DirectoryListing> {
  const root = resolve(path);
  const found = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (errno(error) === 'ENOENT') throw new ConsoleError('file_missing', { path: root });
    throw fileFailure(error, root);
  });
  const candidates = found
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .filter(({ name }) => options.hidden === true || !name.startsWith('.'))
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, mostEntries);
  const entries = await Promise.all(
    candidates.map(async (entry) => {
      const full = join(root, entry.name);
      if (entry.isSymbolicLink()) {
        const target = await stat(full).catch(() => undefined);
        if (target?.isDirectory() !== true) return undefined;
      }
      const writable = await access(full, constants.W_OK | constants.X_OK).then(
        () => true,
        () => false,
      );
      return { name: entry.name, path: full, writable, installation: await isInstallation(full) };
    }),
  );
  const parent = dirname(root);
  return {
    path: root,
    ...(parent === root ? {} : { parent }),
    entries: entries.filter((entry) => entry !== undefined),
  };
}
