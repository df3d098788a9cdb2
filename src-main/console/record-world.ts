import { access } from 'node:fs/promises';
import type { BackupWorld } from '../backup/world.ts';
import { databaseOf } from '../health/ca-database/database.ts';
import { runCheck } from '../monitoring/checks/run-check.ts';
import type { ReportWorld } from '../reports/report.ts';
import { rotationContext } from '../rotation/bind.ts';
import { readTimeline } from '../rotation/expiry/timeline.ts';
import { readPolicies } from '../rotation/handlers.ts';
import { listRotations } from '../rotation/list.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import { serviceCheckWorld } from './service-check-world.ts';

const operationsAtMost = 500;

/** What reports of a workspace are made from. */
export function reportWorldOf(workspace: OpenWorkspace): ReportWorld {
  const { services, leaves, settings, paths, now } = workspace;
  const timeline = (): ReturnType<typeof readTimeline> => readTimeline({ services, leaves });
  return {
    installation: () => workspace.installation?.name ?? paths.root,
    rotations: () =>
      listRotations({
        services,
        // The engine is made from these definitions, so it is not there yet.
        operations: () => workspace.engine.list(operationsAtMost),
        policies: () => readPolicies(settings),
        timeline,
      }),
    timeline,
    verify: (signal) => runCheck('verify', serviceCheckWorld(workspace), signal),
    directory: paths.reports,
    now,
  };
}

/** What sets of backups of a workspace are taken of. */
export function backupWorldOf({ services, topology, paths, store, now }: OpenWorkspace): BackupWorld {
  return {
    paths,
    client: () => services.client(),
    async database() {
      const known = await access(paths.caConfig).then(
        () => true,
        () => false,
      );
      // step-ca on another host has its configuration there.
      return known ? databaseOf(rotationContext(services, topology, async () => undefined)) : undefined;
    },
    store,
    now,
  };
}
