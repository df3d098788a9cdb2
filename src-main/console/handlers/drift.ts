import { dirname } from 'node:path';
import { lookForDrift, type DriftWorld } from '../../drift/look.ts';
import { fullAt } from '../../monitoring/forecast.ts';
import { History } from '../../monitoring/history/history.ts';
import { diskOf } from '../../monitoring/probes.ts';
import type { BootrootConsole } from '../console.ts';
import { declaredConfigs } from '../declared-configs.ts';
import { leafLife } from '../facts.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

/** What a workspace declares and where its running parts are asked. */
export function driftWorldOf(workspace: OpenWorkspace): DriftWorld {
  const { services, topology, topologies, store, now } = workspace;
  const { files } = topologies.local;
  return {
    services,
    async servers() {
      return (await topology.readLayout()) === undefined ? [] : topology.statuses();
    },
    configs: () => declaredConfigs(workspace),
    async containers() {
      return topology.kind === 'compose' && (await topology.readLayout()) !== undefined
        ? topologies.compose.differences()
        : [];
    },
    async fullAt() {
      const disk = await diskOf(dirname(files.openbaoAudit));
      return disk === undefined ? undefined : fullAt(new History(store), disk, now());
    },
    leafMs: () => leafLife(workspace),
    async stepCa() {
      const layout = await topology.readLayout();
      if (layout === undefined) return undefined;
      return { leafHours: layout.leafHours, reload: () => topology.reloadServer('step-ca') };
    },
  };
}

export const driftPart = (console: BootrootConsole): HandlersOf<'drift'> => ({
  'drift.look': async () => lookForDrift(driftWorldOf(console.required())),
});
