import { dirname, join } from 'node:path';
import type { ContainerPlace } from '../../docker/container-files.ts';
import { readResponderConfig } from '../../responder/config.ts';
import { splitHostPort } from '../../tls/host-port.ts';
import { postgresPlace } from '../../topology/compose/postgres-place.ts';
import type { Layout } from '../../topology/layout.ts';
import { clusterData } from '../../topology/postgres-cluster.ts';
import { TopologyPaths } from '../../topology/topology-paths.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

export const infraServerIds = ['openbao', 'postgres', 'responder'] as const;
export type InfraServerId = (typeof infraServerIds)[number];

/** The pair that a server reads, and where it serves it. */
export interface InfraPair {
  readonly certPath: string;
  readonly keyPath: string;
  readonly host: string;
  readonly port: number;
  /** Present: the two files lie inside of this container. */
  readonly inside?: ContainerPlace;
}

/** One server of this installation as its own configuration describes it; without a pair it serves no TLS. */
export interface InfraServer {
  readonly id: InfraServerId;
  readonly pair?: InfraPair;
}

/** Value of `name = …` of the last line that has it: a quoted HCL string, or a word of postgresql.conf. */
function setting(text: string, name: string): string | undefined {
  const lines = [...text.matchAll(new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(.+?)[ \\t]*$`, 'gm'))];
  const value = lines[lines.length - 1]?.[1];
  if (value === undefined) return undefined;
  if (value.startsWith('"')) {
    try {
      return String(JSON.parse(value.slice(0, value.lastIndexOf('"') + 1)));
    } catch {
      return undefined;
    }
  }
  return /^'([^']*)'/.exec(value)?.[1] ?? value.replace(/[ \t]*#.*$/, '');
}

/** A listener that listens everywhere is asked on this host. */
function reachable(address: string): { host: string; port: number } {
  const { host, port } = splitHostPort(address);
  return { host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, port };
}

/** A file that a container knows below `inside`, as this host has it below `here`; any other path stays. */
const mounted = (path: string, inside: string, here: string): string =>
  path.startsWith(`${inside}/`) ? join(here, path.slice(inside.length + 1)) : path;

async function openbaoPair(
  paths: WorkspacePaths,
  layout: Layout | undefined,
): Promise<InfraPair | undefined> {
  const own = paths.resolve('openbao');
  const contained = layout?.compose !== undefined;
  const file =
    layout === undefined || contained ? join(own, 'openbao.hcl') : new TopologyPaths(paths).openbaoConfig;
  const text = (await readTextFileIfPresent(file)) ?? '';
  const certPath = setting(text, 'tls_cert_file');
  const keyPath = setting(text, 'tls_key_file');
  const address = setting(text, 'address');
  const off = ['true', '1'].includes(setting(text, 'tls_disable') ?? '');
  if (certPath === undefined || keyPath === undefined || address === undefined || off) return undefined;
  if (!contained) return { certPath, keyPath, ...reachable(address) };
  const here = (path: string): string => mounted(path, '/openbao/config', own);
  return { certPath: here(certPath), keyPath: here(keyPath), host: '127.0.0.1', port: layout.ports.openbao };
}

async function postgresPair(layout: Layout | undefined): Promise<InfraPair | undefined> {
  if (layout === undefined) return undefined;
  if (layout.compose !== undefined) {
    if (layout.tls !== true) return undefined;
    // The data directory of a container is a volume of the engine.
    const { data, ...inside } = postgresPlace({ ...layout, compose: layout.compose });
    const [certPath, keyPath] = [join(data, 'server.crt'), join(data, 'server.key')];
    return { certPath, keyPath, host: '127.0.0.1', port: layout.ports.postgres, inside };
  }
  const data = clusterData(layout);
  const files = ['postgresql.conf', 'postgresql.auto.conf'];
  const text = (await Promise.all(files.map((name) => readTextFileIfPresent(join(data, name))))).join('\n');
  if (!['on', 'true', 'yes', '1'].includes(setting(text, 'ssl') ?? '')) return undefined;
  const at = (name: string, usual: string): string => {
    const path = setting(text, name) ?? usual;
    return path.startsWith('/') ? path : join(data, path);
  };
  return {
    certPath: at('ssl_cert_file', 'server.crt'),
    keyPath: at('ssl_key_file', 'server.key'),
    host: '127.0.0.1',
    port: layout.ports.postgres,
  };
}

async function responderPair(
  { responderConfig }: WorkspacePaths,
  layout: Layout | undefined,
): Promise<InfraPair | undefined> {
  if ((await readTextFileIfPresent(responderConfig)) === undefined) return undefined;
  const {
    admin_addr: address,
    tls_cert_path: certPath,
    tls_key_path: keyPath,
  } = await readResponderConfig(responderConfig, {});
  if (certPath === undefined || keyPath === undefined) return undefined;
  if (layout?.compose === undefined) return { certPath, keyPath, ...reachable(address) };
  const here = (path: string): string => mounted(path, '/app/responder', dirname(responderConfig));
  return {
    certPath: here(certPath),
    keyPath: here(keyPath),
    host: '127.0.0.1',
    port: layout.ports.responderAdmin,
  };
}

/**
 * OpenBao, PostgreSQL and the responder's admin port, from the files that they themselves read.
 * @throws `responder_config`
 */
export async function infraServers(
  paths: WorkspacePaths,
  layout: Layout | undefined,
): Promise<readonly InfraServer[]> {
  const pairs = [
    await openbaoPair(paths, layout),
    await postgresPair(layout),
    await responderPair(paths, layout),
  ];
  return infraServerIds.map((id, index) => {
    const pair = pairs[index];
    return pair === undefined ? { id } : { id, pair };
  });
}
