import { dirname } from 'node:path';
import { lookForDrift, type DriftWorld } from '../../drift/look.ts';
import { fullAt } from '../../monitoring/forecast.ts';
import { History } from '../../monitoring/history/history.ts';
import { diskOf } from '../../monitoring/probes.ts';
import { renderOpenBaoConfig, renderResolverConfig } from '../../topology/configs.ts';
import type { BootrootConsole } from '../console.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

const usualLeafMs = 24 * 3_600_000;

/** What a workspace declares and where its running parts are asked. */
export function driftWorldOf({
  services,
  topology,
  topologies,
  store,
  paths,
  now,
}: OpenWorkspace): DriftWorld {
  const { files } = topologies.local;
  return {
    services,
    async servers() {
      return (await topology.readLayout()) === undefined ? [] : topology.statuses();
    },
    async configs() {
      const layout = await topologies.local.readLayout();
      if (layout === undefined) return [];
      return [
        { path: files.openbaoConfig, text: renderOpenBaoConfig(layout, files) },
        { path: files.resolverConfig, text: renderResolverConfig(layout, paths) },
      ];
    },
    async fullAt() {
      const disk = await diskOf(dirname(files.openbaoAudit));
      return disk === undefined ? undefined : fullAt(new History(store), disk, now());
    },
    async leafMs() {
      const layout = await topology.readLayout();
      return layout === undefined ? usualLeafMs : layout.leafHours * 3_600_000;
    },
  };
}

export const driftPart = (console: BootrootConsole): HandlersOf<'drift'> => ({
  'drift.look': async () => lookForDrift(driftWorldOf(console.required())),
});
