import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspacePaths } from '../../workspace/paths.ts';

interface SchedulerFiles {
  readonly roleIdPath: string;
  readonly secretIdPath: string;
}

/** Where the credential of unattended runs lies. */
export const schedulerFiles = (paths: WorkspacePaths): SchedulerFiles => ({
  roleIdPath: paths.consoleRole('scheduler', 'role_id'),
  secretIdPath: paths.consoleRole('scheduler', 'secret_id'),
});

/** The same, once they are there. */
export async function presentSchedulerFiles(paths: WorkspacePaths): Promise<SchedulerFiles | undefined> {
  const files = schedulerFiles(paths);
  return Promise.all([access(files.roleIdPath), access(files.secretIdPath)]).then(
    () => files,
    () => undefined,
  );
}

const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

/**
 * Which of the two to sign in with: what systemd handed over with `LoadCredential=`, or the files of the work directory where there is
 * no such thing. What was handed over is of the unit's start; a renewal after it is in the work directory only.
 * @param handedOver `$CREDENTIALS_DIRECTORY`
 */
export async function currentSchedulerFiles(
  paths: WorkspacePaths,
  handedOver: string | undefined,
): Promise<SchedulerFiles> {
  const kept = schedulerFiles(paths);
  if (handedOver === undefined) return kept;
  const given = { roleIdPath: join(handedOver, 'role_id'), secretIdPath: join(handedOver, 'secret_id') };
  const [then, since] = await Promise.all([changedAt(given.secretIdPath), changedAt(kept.secretIdPath)]);
  return since > then ? kept : given;
}
