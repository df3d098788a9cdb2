import { serverConfig } from '../openbao/config.ts';
import type { ResolverConfigInput } from '../dns/config.ts';
import { renderCaConfig } from '../stepca/ca-config.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Layout } from './layout.ts';
import type { TopologyPaths } from './topology-paths.ts';

const host = '127.0.0.1';

/** openbao.hcl: one Raft node, plain HTTP on loopback (nothing leaves this machine), one file audit device. */
export function renderOpenBaoConfig(layout: Layout, files: TopologyPaths): string {
  return serverConfig({
    dataDir: files.openbaoData,
    nodeId: 'bootroot-local',
    listen: `${host}:${layout.ports.openbao}`,
    clusterListen: `${host}:${layout.ports.openbaoCluster}`,
    audit: [{ name: 'file', file: files.openbaoAudit }],
  });
}

/** The identities of the services resolve to this machine; every other name is refused. */
export function renderResolverConfig(layout: Layout, paths: WorkspacePaths): string {
  const config: ResolverConfigInput = {
    listen_addr: `${host}:${layout.ports.resolver}`,
    address: host,
    names_paths: [paths.state],
    names: ['localhost'],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** responder.toml with both listeners on loopback. @param secret the HMAC secret: the file is 0600 */
export function renderResponderConfig({ ports }: Layout, secret: string): string {
  // A JSON string is a TOML basic string.
  return [
    `listen_addr = ${JSON.stringify(`${host}:${ports.acmeHttp}`)}`,
    `admin_addr = ${JSON.stringify(`${host}:${ports.responderAdmin}`)}`,
    `hmac_secret = ${JSON.stringify(secret)}`,
    'token_ttl_secs = 300',
    'max_token_ttl_secs = 900',
    'cleanup_interval_secs = 30',
    'max_skew_secs = 60',
    '',
  ].join('\n');
}

/** ca.json of this installation. @param dsn of its database: the file is 0600 */
export function renderStepCaConfig(layout: Layout, paths: WorkspacePaths, dsn: string): string {
  return renderCaConfig({
    rootCert: paths.rootCert,
    intermediateCert: paths.intermediateCert,
    intermediateKey: paths.intermediateKey,
    address: `${host}:${layout.ports.stepCa}`,
    dnsNames: ['localhost', host],
    dataSource: dsn,
    leafHours: layout.leafHours,
  });
}
