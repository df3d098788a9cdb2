import { findServer } from '../servers/find-server.ts';
import type { HelperWorld } from '../topology/systemd/helper-units.ts';
import { ownProgram } from '../topology/specs.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** What units of helpers are made of. Under Electron they run the same program as plain Node does. */
export function helperWorldOf({ paths, topologies }: OpenWorkspace): HelperWorld {
  const { command, args } = ownProgram();
  return {
    paths,
    program: [command, ...args],
    async bao() {
      const layout = await topologies.local.readLayout();
      return layout?.programs.openbao.path ?? (await findServer('openbao'))?.path;
    },
  };
}
