import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditDevices } from '../../../shared/contract/health.ts';
import { diskOf } from '../../monitoring/probes.ts';
import type { AuditDevice } from '../../openbao/system.ts';
import { rotatedFiles } from './rotated.ts';
import type { AuditWorld } from './world.ts';

type View = AuditDevices['devices'][number];

async function deviceView(
  { hostPath, fullAt }: AuditWorld,
  { name, type, filePath }: AuditDevice,
): Promise<View> {
  const path = filePath === undefined ? undefined : await hostPath(filePath);
  const view = { name, type, ...(filePath === undefined ? {} : { file: filePath }) };
  if (path === undefined) return { ...view, rotated: [] };
  const [found, rotated, disk] = await Promise.all([
    stat(path).catch(() => undefined),
    rotatedFiles(path),
    diskOf(dirname(path)),
  ]);
  const end = disk === undefined ? undefined : await fullAt(disk);
  return {
    ...view,
    path,
    ...(found === undefined ? {} : { bytes: found.size }),
    rotated: [...rotated],
    ...(disk === undefined
      ? {}
      : {
          disk: {
            freeBytes: disk.freeBytes,
            totalBytes: disk.totalBytes,
            ...(end === undefined ? {} : { fullAt: end }),
          },
        }),
  };
}

/** Each audit device with its file, what was set aside of it, and the room that is left. Throws `no_openbao_session`. */
export async function auditDevices(world: AuditWorld): Promise<AuditDevices> {
  const devices = await world.client().audit.list();
  const views = await Promise.all(devices.map((device) => deviceView(world, device)));
  const reachable = views.some(({ path }) => path !== undefined);
  return { devices: views, canRotate: reachable && (await world.managed()) };
}
