import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Layout } from './layout.ts';
import { removeCluster } from './postgres-cluster.ts';
import { systemHome } from './reach.ts';
import type { TopologyPaths } from './topology-paths.ts';

/** Removes a directory in which nothing is left; one that is not there is no error. */
export async function removeEmpty(path: string): Promise<void> {
  const left = await readdir(path).catch(() => ['?']);
  if (left.length === 0) await rmdir(path);
}

/** Empties OpenBao's storage, or removes the cluster and the directories made for it unless they hold something else. */
export async function removeLocalData(
  id: 'openbao' | 'postgres',
  files: TopologyPaths,
  layout: Layout | undefined,
): Promise<void> {
  if (id === 'openbao') {
    await rm(files.openbaoData, { recursive: true, force: true });
    return;
  }
  if (layout === undefined) return;
  await removeCluster(layout);
  const { home } = layout.postgres;
  await removeEmpty(home);
  if (dirname(home) === systemHome) await removeEmpty(systemHome);
}
