import { serverConfig, type ServerConfig } from '../openbao/config.ts';
import type { ResolverConfigInput } from '../dns/config.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Layout } from './layout.ts';
import type { TopologyPaths } from './topology-paths.ts';

const host = '127.0.0.1';

/**
 * The audit devices of an installation on this host, of every member alike: declared ones are the cluster's, and a member whose
 * configuration has others never leads.
 */
export const declaredAudit = (files: TopologyPaths): ServerConfig['audit'] => [
  { name: 'file', file: files.openbaoAudit },
  { name: 'second', file: files.openbaoAuditSecond },
];

/**
 * openbao.hcl: one Raft node on loopback (nothing leaves this machine, so plain HTTP unless it came with TLS), two file audit devices
 * (failure mode C31).
 */
export function renderOpenBaoConfig(layout: Layout, files: TopologyPaths): string {
  return serverConfig({
    dataDir: files.openbaoData,
    nodeId: 'bootroot-local',
    listen: `${host}:${layout.ports.openbao}`,
    clusterListen: `${host}:${layout.ports.openbaoCluster}`,
    ...(layout.tls === true ? { tls: files.openbaoTls } : {}),
    audit: declaredAudit(files),
  });
}

/**
 * The identities of the services resolve to this machine; every other name is refused.
 * @param others state.json files of other installations whose services live here too
 */
export function renderResolverConfig(
  layout: Layout,
  paths: WorkspacePaths,
  others: readonly string[] = [],
): string {
  const config: ResolverConfigInput = {
    listen_addr: `${host}:${layout.ports.resolver}`,
    address: host,
    names_paths: [paths.state, ...others],
    names: ['localhost'],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
