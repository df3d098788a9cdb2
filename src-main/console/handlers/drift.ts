import { dirname } from 'node:path';
import { lookForDrift, type DriftWorld } from '../../drift/look.ts';
import { fullAt } from '../../monitoring/forecast.ts';
import { History } from '../../monitoring/history/history.ts';
import { diskOf } from '../../monitoring/probes.ts';
import { renderOpenBaoConfig, renderResolverConfig } from '../../topology/configs.ts';
import { pause } from '../../operations/pause.ts';
import { ensureDirectory } from '../../workspace/atomic.ts';
import type { BootrootConsole } from '../console.ts';
import { leafLife } from '../facts.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

/** Whether OpenBao writes to these files; true where it cannot be asked, since the file is then all there is. */
async function audits(services: OpenWorkspace['services'], paths: readonly string[]): Promise<boolean> {
  let client;
  try {
    client = services.client();
  } catch {
    return true;
  }
  const devices = await client.audit.list();
  return paths.every((path) => devices.some(({ filePath }) => filePath === path));
}

/** A signal is answered a moment later. */
async function untilAudited(services: OpenWorkspace['services'], paths: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 50 && !(await audits(services, paths)); tries += 1) await pause(100);
}

/** What a workspace declares and where its running parts are asked. */
export function driftWorldOf(workspace: OpenWorkspace): DriftWorld {
  const { services, topology, topologies, store, paths, now } = workspace;
  const { files } = topologies.local;
  return {
    services,
    async servers() {
      return (await topology.readLayout()) === undefined ? [] : topology.statuses();
    },
    async configs() {
      const layout = await topologies.local.readLayout();
      if (layout === undefined) return [];
      const openbao = renderOpenBaoConfig(layout, files);
      return [
        {
          path: files.openbaoConfig,
          text: openbao,
          mode: 0o600,
          async takeOver() {
            await ensureDirectory(dirname(files.openbaoAuditSecond), { mode: 0o700 });
            await topology.reloadServer('openbao');
            await untilAudited(services, [files.openbaoAudit, files.openbaoAuditSecond]);
          },
          inForce: () => audits(services, [files.openbaoAudit, files.openbaoAuditSecond]),
        },
        {
          path: files.resolverConfig,
          text: renderResolverConfig(layout, paths),
          mode: 0o600,
          takeOver: async () => void (await topology.reloadServer('resolver')),
          inForce: async () => true,
        },
      ];
    },
    async fullAt() {
      const disk = await diskOf(dirname(files.openbaoAudit));
      return disk === undefined ? undefined : fullAt(new History(store), disk, now());
    },
    leafMs: () => leafLife(workspace),
  };
}

export const driftPart = (console: BootrootConsole): HandlersOf<'drift'> => ({
  'drift.look': async () => lookForDrift(driftWorldOf(console.required())),
});
