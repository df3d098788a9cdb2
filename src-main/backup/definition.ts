import * as z from 'zod';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { tableNames } from '../postgres/table-definition.ts';
import { withConnection } from '../postgres/connection.ts';
import { snapshotPath } from '../openbao/policies.ts';
import { ask } from '../rotation/preconditions.ts';
import { roomAt, treeSize } from '../workspace/tree-copy.ts';
import { sizeOf } from './files.ts';
import { databaseStep, filesStep, finishStep, retireStep, snapshotStep, storeStep } from './steps.ts';
import type { BackupWorld } from './world.ts';

const inputSchema = z.object({
  /** How many sets stay. */
  keep: z.number().int().min(1).max(1000).default(14),
});
export type BackupInput = z.infer<typeof inputSchema>;

/** Beside what is copied: a snapshot of a small OpenBao and a dump. */
const margin = 128 * 1024 * 1024;

/**
 * A set of backups of one moment: OpenBao's snapshot, step-ca's tables, the files, and what the console remembers. Read again before it
 * has its name. What opens it is not in it: the unseal shares and the password of the CA's keys are kept elsewhere.
 */
export const backupDefinition = (world: BackupWorld): OperationDefinition<BackupInput> => ({
  kind: 'backup.take',
  input: inputSchema,
  async prepare({ keep }) {
    const { paths } = world;
    let dsn: Dsn | undefined;
    const database = await ask('database', message('backup.precondition.database'), async () => {
      dsn = await world.database();
      if (dsn !== undefined) await withConnection(dsn, tableNames);
      return undefined;
    });
    return {
      title: message('backup.title'),
      summary: message(dsn === undefined ? 'backup.summary_no_database' : 'backup.summary', {
        directory: paths.backups,
        keep,
      }),
      steps: [
        snapshotStep(world),
        ...(dsn === undefined ? [] : [databaseStep(world, dsn)]),
        filesStep(world),
        storeStep(world),
        finishStep(world),
        retireStep(world, keep),
      ],
      preconditions: [
        await ask('snapshot', message('backup.precondition.snapshot'), async () => {
          const granted = (await world.client().capabilities([snapshotPath])).get(snapshotPath) ?? [];
          return ['read', 'root'].some((word) => granted.includes(word))
            ? undefined
            : message('backup.precondition.not_allowed', { path: snapshotPath });
        }),
        database,
        await ask('room', message('rotation.precondition.room'), async () => {
          const needed = (await treeSize(paths.secrets)) + (await sizeOf(paths.store)) + margin;
          const free = await roomAt(paths.backups);
          const mib = (bytes: number): number => Math.floor(bytes / (1024 * 1024));
          return free >= needed
            ? undefined
            : message('rotation.precondition.no_room', {
                path: paths.backups,
                free: mib(free),
                needed: mib(needed),
              });
        }),
      ],
      confirm: { verb: message('backup.confirm') },
    };
  },
});
