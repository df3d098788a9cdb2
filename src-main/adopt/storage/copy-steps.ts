import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { readTextFileIfPresent, writeFileAtomic } from '../../workspace/atomic.ts';
import type { StorageContext } from './context.ts';
import { copyTree, manifestOf, type Manifest } from './directories.ts';
import { endMigration, migrate } from './migrator.ts';
import { backupOf, type Place } from './place.ts';
import { downloadOf, ensureCurrent, ensureMigrator, findCurrent, findMigrator } from './programs.ts';

/** 2.6 reads the old storage, 2.7 runs afterwards. What is missing is got before anything is touched. */
export async function programsStep(): Promise<Step> {
  const [old, current] = [await findMigrator(), await findCurrent()];
  return {
    id: 'programs',
    title: message('adopt.storage.step.programs'),
    effects: [
      ...(old === undefined ? [downloadOf('old')] : []),
      ...(current === undefined ? [downloadOf('current')] : []),
    ],
    check: async () => (await findMigrator()) !== undefined && (await findCurrent()) !== undefined,
    async apply(run) {
      const { signal } = run;
      await ensureMigrator({ signal, onProgress: ({ fraction }) => run.progress(fraction / 2) });
      await ensureCurrent({ signal, onProgress: ({ fraction }) => run.progress(0.5 + fraction / 2) });
    },
    undo: async () => undefined,
  };
}

const manifestFile = (backup: string): string => join(backup, 'manifest.json');

const textOf = (files: Manifest): string => JSON.stringify(files, undefined, 1);
const manifestText = (backup: string): Promise<string | undefined> =>
  readTextFileIfPresent(manifestFile(backup), { maxBytes: 64 * 1024 * 1024 });

/** Whole when it has its name. Throws `adopt_storage_busy` when somebody writes to the storage meanwhile. */
async function makeBackup({ storage, config }: Place, backup: string): Promise<void> {
  const part = `${backup}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true, mode: 0o700 });
  await copyTree(storage, join(part, 'storage'));
  const [source, copy] = [await manifestOf(storage), await manifestOf(join(part, 'storage'))];
  if (!isDeepStrictEqual(source, copy)) throw new ConsoleError('adopt_storage_busy', { path: storage });
  const text = await readTextFileIfPresent(config);
  if (text !== undefined) await writeFileAtomic(join(part, 'openbao.hcl'), text, { mode: 0o600 });
  await writeFileAtomic(manifestFile(part), textOf(source), { mode: 0o600 });
  await rename(part, backup);
}

/** A copy of the storage, compared file by file. The storage itself is only read, in this step and all others. */
export function backupStep({ place, paths }: StorageContext): Step {
  const pattern = backupOf(paths, '…');
  return {
    id: 'backup',
    title: message('adopt.storage.step.backup'),
    effects: [{ kind: 'file', path: pattern, action: 'create', mode: '0700' }],
    weight: 2,
    // One that is there is compared again, so that what is proved is true of it.
    check: async () => false,
    async apply(run) {
      const backup = backupOf(paths, run.operationId);
      if ((await manifestText(backup)) === undefined) await makeBackup(place, backup);
      const files = await manifestOf(join(backup, 'storage'));
      if ((await manifestText(backup)) !== textOf(files))
        throw new ConsoleError('adopt_storage_busy', { path: backup });
      run.prove({
        title: message('adopt.storage.proof.backup'),
        outcome: 'proved',
        evidence: message('adopt.storage.evidence.backup', {
          count: Object.keys(files).length,
          path: backup,
        }),
      });
    },
    async undo(run) {
      const backup = backupOf(paths, run.operationId);
      for (const path of [`${backup}.part`, backup]) await rm(path, { recursive: true, force: true });
    },
  };
}

/** `bao operator migrate` on a copy: the old storage is not even opened. */
export function migrateStep({ place, paths, server }: StorageContext): Step {
  const note = join(place.work, 'migrated');
  return {
    id: 'migrate',
    title: message('adopt.storage.step.migrate'),
    effects: [{ kind: 'file', path: place.work, action: 'create', mode: '0700' }],
    weight: 3,
    check: async (run) => (await readTextFileIfPresent(note)) === run.operationId,
    async apply(run) {
      const { path: program } = await ensureMigrator({ signal: run.signal });
      await endMigration(server.processes);
      await rm(place.work, { recursive: true, force: true });
      await mkdir(place.work, { recursive: true, mode: 0o700 });
      const from = join(place.work, 'file');
      await copyTree(join(backupOf(paths, run.operationId), 'storage'), from);
      const { nodeId, clusterUrl } = place.settings;
      await migrate(
        { program, directory: place.work, from, to: join(place.work, 'raft'), nodeId, clusterUrl },
        server.processes,
        run.signal,
      );
      await writeFileAtomic(note, run.operationId, { mode: 0o600 });
    },
    async undo() {
      await endMigration(server.processes);
      await rm(place.work, { recursive: true, force: true });
    },
  };
}
