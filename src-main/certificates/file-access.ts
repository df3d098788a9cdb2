import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import type { Service } from '../services/entry.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** Whether `path` is `directory` or below it; both absolute. */
function isBelow(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

const realIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
};

/** The files of a service that the viewer may open wherever they are: state.json names them. */
export const recordedPaths = (service: Service): readonly string[] => [
  service.cert,
  service.key,
  service.bundle,
];

/**
 * The real path of a file that the viewer may read: below the work directory, among the CA certificates, or recorded for a
 * service. Where a path outside leads is not even looked at, so that nobody learns what exists there.
 * @param path absolute, or relative to the work directory
 * @throws `path_refused`; `certificate_file_unreadable` when it is missing or no regular file
 */
export async function allowedFile(
  path: string,
  paths: WorkspacePaths,
  services: readonly Service[],
): Promise<string> {
  const wanted = resolve(paths.root, path);
  const recorded = services.flatMap(recordedPaths);
  const directories = [paths.root, paths.caCerts];
  if (!recorded.includes(wanted) && !directories.some((directory) => isBelow(wanted, directory)))
    throw new ConsoleError('path_refused', { path });
  let real: string;
  try {
    real = await realpath(wanted);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConsoleError('certificate_file_unreadable', { path, reason }, { cause });
  }
  const realDirectories = await Promise.all(directories.map(realIfThere));
  const inside = realDirectories.some((directory) => directory !== undefined && isBelow(real, directory));
  if (!inside && !(await Promise.all(recorded.map(realIfThere))).includes(real))
    throw new ConsoleError('path_refused', { path });
  // A pipe at that place would keep the reader waiting for ever.
  if (!(await stat(real)).isFile())
    throw new ConsoleError('certificate_file_unreadable', { path, reason: 'no regular file' });
  return real;
}
