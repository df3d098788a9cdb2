import * as z from 'zod';
import type { AdoptWorld } from '../adopt/world.ts';
import type { StorageDeps } from '../adopt/storage/context.ts';
import { keptSchema, type Kept } from '../adopt/storage/place.ts';
import type { Ownership } from '../adopt/take-over.ts';
import { engineHere } from '../docker/engine.ts';
import { dockerCommand } from '../topology/compose/docker-command.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import { driftWorldOf } from './handlers/drift.ts';
import { readInstallation } from './installation.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import type { Settings } from './settings.ts';

const takenOver = 'taken-over-at';
const storage = 'adopted-storage';

const readTakenOver = async (settings: Settings): Promise<number | undefined> =>
  z
    .number()
    .nullish()
    .catch(undefined)
    .parse(await settings.read(takenOver)) ?? undefined;

const readKept = async (settings: Settings): Promise<Kept | undefined> => {
  const parsed = keptSchema.safeParse(await settings.read(storage));
  return parsed.success ? parsed.data : undefined;
};

/** Whose installation this is. What the console set up or connected is its own; so is a directory where nothing is yet. */
export const ownershipOf = ({
  settings,
  topology,
  paths,
  now,
}: Pick<OpenWorkspace, 'settings' | 'topology' | 'paths' | 'now'>): Ownership => ({
  async owned() {
    if ((await readTakenOver(settings)) !== undefined) return true;
    if ((await readInstallation(settings)) !== undefined) return true;
    if ((await topology.readLayout().catch(() => undefined)) !== undefined) return true;
    // A file that cannot be read is somebody's.
    return (await readStateIfPresent(paths.state).catch(() => null)) === undefined;
  },
  takenOverAt: () => readTakenOver(settings),
  note: (at) => settings.write(takenOver, at ?? null),
  now,
});

export function storageDepsOf({ paths, settings, now }: OpenWorkspace): StorageDeps {
  return {
    paths,
    now,
    kept: () => readKept(settings),
    keep: (kept) => settings.write(storage, kept ?? null),
  };
}

export function adoptWorldOf(workspace: OpenWorkspace): AdoptWorld {
  const { paths, openbao, session, now, settings } = workspace;
  const ownership = ownershipOf(workspace);
  return {
    paths,
    drift: driftWorldOf(workspace),
    openbao,
    client: session?.status().state === 'live' ? session.client() : undefined,
    docker: { engine: () => engineHere(), command: dockerCommand() },
    takenOverAt: ownership.takenOverAt,
    owned: ownership.owned,
    kept: () => readKept(settings),
    now,
  };
}
