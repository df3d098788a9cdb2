import { dirname } from 'node:path';
import { auditDevices } from '../../health/audit-devices/look.ts';
import type { AuditWorld } from '../../health/audit-devices/world.ts';
import { caDatabase, issuedCertificates } from '../../health/ca-database/look.ts';
import { fullAt } from '../../monitoring/forecast.ts';
import { History } from '../../monitoring/history/history.ts';
import { rotationContext } from '../../rotation/bind.ts';
import type { RotationContext } from '../../rotation/context.ts';
import { containerAuditFiles } from '../../topology/compose/compose-files.ts';
import type { BootrootConsole } from '../console.ts';
import { authorities, leafLife } from '../facts.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

/** Where the audit devices of a workspace are. */
export const auditWorldOf = ({ services, topology, store, now }: OpenWorkspace): AuditWorld => ({
  client: () => services.client(),
  async hostPath(path) {
    // Only of servers of our own: another host's file may have a namesake here.
    return (await topology.readLayout()) === undefined ? undefined : topology.hostPath('openbao', path);
  },
  reload: () => topology.reloadServer('openbao'),
  managed: async () => (await topology.readLayout()) !== undefined,
  fullAt: (disk) => fullAt(new History(store), disk, now()),
  now,
});

/** step-ca's database of a workspace. */
export const databaseWorldOf = ({ services, topology }: OpenWorkspace): RotationContext =>
  rotationContext(services, topology, async () => undefined);

/** Directories of the audit files that this host has, whether or not OpenBao can be asked. */
export async function auditDirectories({ topology, topologies }: OpenWorkspace): Promise<readonly string[]> {
  if ((await topology.readLayout()) === undefined) return [];
  const { openbaoAudit, openbaoAuditSecond } = topologies.local.files;
  const declared = topology.kind === 'local' ? [openbaoAudit, openbaoAuditSecond] : containerAuditFiles;
  const found = await Promise.all(declared.map((path) => topology.hostPath('openbao', path)));
  return found.flatMap((path) => (path === undefined ? [] : [dirname(path)]));
}

export const healthPart = (console: BootrootConsole): HandlersOf<'health'> => ({
  async 'health.horizon'() {
    const workspace = console.required();
    const leafMs = await leafLife(workspace);
    const found = await authorities(workspace);
    return { leafMs, authorities: found.map((one) => ({ ...one, horizonAt: one.notAfter - leafMs })) };
  },
  'health.auditDevices': async () => auditDevices(auditWorldOf(console.required())),
  'health.caDatabase': async ({ keepDays }) => caDatabase(databaseWorldOf(console.required()), keepDays),
  'health.issued': async (query) => issuedCertificates(databaseWorldOf(console.required()), query),
});
