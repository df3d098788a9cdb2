import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { hclFile } from '../../openbao/hcl.ts';
import { pause } from '../../operations/pause.ts';
import { lastLines } from '../../processes/log-file.ts';
import type { ProcessSupervisor } from '../../processes/supervisor.ts';
import { redact } from '../../topology/log-lines.ts';

const name = 'adopt-migrate';
const success = /All of the keys have been migrated/;

export interface Migration {
  readonly program: string;
  readonly directory: string;
  readonly from: string;
  readonly to: string;
  readonly nodeId: string;
  readonly clusterUrl: string;
}

/** Ends one that a dead console left. */
export const endMigration = (processes: ProcessSupervisor): Promise<boolean> =>
  processes.stop(name, { graceMs: 10_000 });

/**
 * `bao operator migrate` from `file` storage to an empty Raft directory. Nobody may use either meanwhile.
 * @throws `adopt_migrate_failed` with its last lines, `cancelled`
 */
export async function migrate(
  what: Migration,
  processes: ProcessSupervisor,
  signal: AbortSignal,
): Promise<void> {
  await endMigration(processes);
  await mkdir(what.to, { recursive: true, mode: 0o700 });
  const config = join(what.directory, 'migrate.hcl');
  const text = hclFile({ cluster_addr: what.clusterUrl }, [
    { type: 'storage_source', labels: ['file'], attributes: { path: what.from } },
    {
      type: 'storage_destination',
      labels: ['raft'],
      attributes: { path: what.to, node_id: what.nodeId },
    },
  ]);
  await writeFile(config, text, { mode: 0o600 });
  await processes.start({
    name,
    command: what.program,
    args: ['operator', 'migrate', `-config=${config}`],
    cwd: what.directory,
    env: { PATH: '/usr/bin:/bin', HOME: what.directory },
  });
  while ((await processes.find(name)) !== undefined) {
    if (signal.aborted) {
      await endMigration(processes);
      throw new ConsoleError('cancelled');
    }
    await pause(100, signal);
  }
  const lines = await lastLines(processes.logPath(name), 30);
  await endMigration(processes);
  if (!lines.some((line) => success.test(line)))
    throw new ConsoleError(
      'adopt_migrate_failed',
      { from: what.from },
      { detail: lines.slice(-15).map(redact).join('\n') },
    );
}
