import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeCluster } from '../../topology/postgres-cluster.ts';
import { systemHome } from '../../topology/reach.ts';
import type { SetupContext } from './context.ts';

/** Removes a directory in which nothing is left; one that is not there is no error. */
export async function removeEmpty(path: string): Promise<void> {
  const left = await readdir(path).catch(() => ['?']);
  if (left.length === 0) await rmdir(path);
}

/** Empties OpenBao's storage. Only for a store that this set-up made and nobody has used. */
export async function removeOpenBaoData({ topology }: Pick<SetupContext, 'topology'>): Promise<void> {
  await rm(topology.files.openbaoData, { recursive: true, force: true });
}

/** Removes the cluster that this set-up made, and the directories that were made for it unless they hold something else. */
export async function removePostgresData({ topology }: Pick<SetupContext, 'topology'>): Promise<void> {
  const layout = await topology.readLayout();
  if (layout === undefined) return;
  await removeCluster(layout);
  const { home } = layout.postgres;
  await removeEmpty(home);
  if (dirname(home) === systemHome) await removeEmpty(systemHome);
}
