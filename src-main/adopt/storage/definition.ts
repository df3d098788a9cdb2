import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import { whoHolds } from '../../processes/ports.ts';
import { bytesBelow } from '../../servers/progress.ts';
import { storageOf } from '../../openbao/storage-config.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { compareStep } from './compare-step.ts';
import { contextOf, sharesInput, type StorageContext, type StorageDeps } from './context.ts';
import { backupStep, migrateStep, programsStep } from './copy-steps.ts';
import { isEmpty, isFileStorage } from './directories.ts';
import { storageInputSchema, type StorageInput } from './place.ts';
import { proveStep, startStep, stopStep, switchStep, unsealStep } from './switch-steps.ts';

async function quiet({ place, server }: StorageContext): Promise<Precondition> {
  const title = message('adopt.storage.precondition.quiet', { url: place.url.origin });
  const holder = await server.stranger();
  if (holder === undefined) return { id: 'quiet', title, met: true };
  const { process: name = '?', pid = 0 } = holder;
  return {
    id: 'quiet',
    title,
    met: false,
    detail: message('adopt.storage.precondition.stop_it', { process: name, pid }),
  };
}

async function room({ place, paths }: StorageContext): Promise<Precondition> {
  const [bytes, disk] = await Promise.all([
    bytesBelow(place.storage),
    statfs(paths.root).catch(() => undefined),
  ]);
  // Backup, working copy, Raft, and as much again for what Raft preallocates.
  const needed = bytes * 4 + 64 * 1024 * 1024;
  const met = disk === undefined || disk.bavail * disk.bsize > needed;
  return { id: 'room', title: message('adopt.storage.precondition.room'), met };
}

async function preconditions(context: StorageContext): Promise<Precondition[]> {
  const { place, paths } = context;
  const config = await readTextFileIfPresent(place.config).catch(() => undefined);
  const declared = config === undefined ? undefined : storageOf(config);
  const writable = await access(paths.root, constants.W_OK).then(
    () => true,
    () => false,
  );
  return [
    {
      id: 'storage',
      title: message('adopt.storage.precondition.storage', { path: place.storage }),
      met: await isFileStorage(place.storage),
    },
    {
      id: 'config',
      title: message('adopt.storage.precondition.config', { path: place.config }),
      met: config === undefined || declared?.type === 'file',
    },
    await quiet(context),
    {
      id: 'cluster-port',
      title: message('adopt.storage.precondition.cluster_port', { port: place.clusterPort }),
      met:
        context.input.elsewhere ||
        (await whoHolds(place.clusterPort)) === undefined ||
        (await context.server.runs()),
    },
    {
      id: 'raft',
      title: message('adopt.storage.precondition.raft', { path: place.raft }),
      met: await isEmpty(place.raft),
    },
    {
      id: 'writable',
      title: message('adopt.storage.precondition.writable', { path: paths.root }),
      met: writable,
    },
    await room(context),
  ];
}

/** OpenBao from `file` storage, which 2.7 does not have, to Raft (failure mode C34). The old storage is only read. */
export function storageDefinition(deps: StorageDeps): OperationDefinition<StorageInput> {
  return {
    kind: 'adopt.storage',
    input: storageInputSchema,
    async prepare(input) {
      const context = await contextOf(deps, input);
      return {
        title: message('adopt.storage.title'),
        summary: message('adopt.storage.summary', { path: input.storage }),
        steps: [
          await programsStep(),
          stopStep(context),
          backupStep(context),
          migrateStep(context),
          compareStep(context),
          await switchStep(context),
          startStep(context),
          unsealStep(context),
          proveStep(context),
        ],
        preconditions: await preconditions(context),
        secretInputs: await sharesInput(context),
        confirm: { verb: message('adopt.storage.confirm') },
      };
    },
  };
}
