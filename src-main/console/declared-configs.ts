import { dirname } from 'node:path';
import type { DeclaredConfig } from '../drift/config.ts';
import { pause } from '../operations/pause.ts';
import { Systemctl } from '../systemd/systemctl.ts';
import { containerAuditFiles, renderContainerOpenBaoConfig } from '../topology/compose/compose-files.ts';
import { renderOpenBaoConfig, renderResolverConfig } from '../topology/configs.ts';
import { ensureDirectory } from '../workspace/atomic.ts';
import type { OpenWorkspace } from './open-workspace.ts';

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

/** openbao.hcl, taken over by a signal: a restart would seal it (failure mode C5). */
function openbaoConfig(
  { services, topology }: OpenWorkspace,
  file: Pick<DeclaredConfig, 'path' | 'text' | 'mode'>,
  auditPaths: readonly string[],
): DeclaredConfig {
  const inForce = (): Promise<boolean> => audits(services, auditPaths);
  return {
    ...file,
    inForce,
    async takeOver() {
      if (topology.kind === 'local')
        for (const path of auditPaths) await ensureDirectory(dirname(path), { mode: 0o700 });
      await topology.reloadServer('openbao');
      // A signal is answered a moment later.
      for (let tries = 0; tries < 50 && !(await inForce()); tries += 1) await pause(100);
    },
  };
}

async function localConfigs(workspace: OpenWorkspace): Promise<readonly DeclaredConfig[]> {
  const { topology, topologies, paths } = workspace;
  const { files } = topologies.local;
  const layout = await topologies.local.readLayout();
  if (layout === undefined) return [];
  return [
    openbaoConfig(
      workspace,
      { path: files.openbaoConfig, text: renderOpenBaoConfig(layout, files), mode: 0o600 },
      [files.openbaoAudit, files.openbaoAuditSecond],
    ),
    {
      path: files.resolverConfig,
      text: renderResolverConfig(layout, paths),
      mode: 0o600,
      takeOver: async () => void (await topology.reloadServer('resolver')),
      inForce: async () => true,
    },
  ];
}

/** Units of systemd: read again, and in force for a server with its next start. */
async function unitConfigs({ topologies }: OpenWorkspace): Promise<readonly DeclaredConfig[]> {
  const prefix = (await topologies.local.readLayout())?.systemd?.prefix;
  if (prefix === undefined) return [];
  const units = await topologies.local.asUnits(prefix).units();
  return units.map(({ path, text }) => ({
    path,
    text,
    mode: 0o644,
    takeOver: () => new Systemctl().readUnits(),
    inForce: async () => true,
  }));
}

async function composeConfigs(workspace: OpenWorkspace): Promise<readonly DeclaredConfig[]> {
  const { topology, topologies } = workspace;
  const layout = await topology.readLayout();
  if (topology.kind !== 'compose' || layout === undefined) return [];
  const { files } = topologies.compose;
  const config = { path: files.openbaoConfig, text: renderContainerOpenBaoConfig(layout), mode: 0o644 };
  return [openbaoConfig(workspace, config, containerAuditFiles)];
}

/** Configuration files that the console itself declares, whatever runs the servers. */
export const declaredConfigs = async (workspace: OpenWorkspace): Promise<readonly DeclaredConfig[]> =>
  (await Promise.all([localConfigs(workspace), unitConfigs(workspace), composeConfigs(workspace)])).flat();
