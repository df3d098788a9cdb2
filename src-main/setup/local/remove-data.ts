import { rm } from 'node:fs/promises';
import { clusterData } from '../../topology/postgres-cluster.ts';
import type { SetupContext } from './context.ts';

/** Empties OpenBao's storage. Only for a store that this set-up made and nobody has used. */
export async function removeOpenBaoData({ topology }: SetupContext): Promise<void> {
  await rm(topology.files.openbaoData, { recursive: true, force: true });
}

/** Removes the cluster that this set-up made. */
export async function removePostgresData({ topology }: SetupContext): Promise<void> {
  const layout = await topology.readLayout();
  if (layout !== undefined) await rm(clusterData(layout), { recursive: true, force: true });
}
