import { join } from 'node:path';
import type { ProcessSpec, StopOptions } from '../processes/supervisor.ts';
import { distDirectory } from '../install/paths.ts';
import { stepCaArgs } from '../stepca/ca-config.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Transport } from '../processes/ports.ts';
import type { Layout, Ports } from './layout.ts';
import { clusterData } from './postgres-cluster.ts';
import { serverIds, type ServerId } from './server-id.ts';
import type { TopologyPaths } from './topology-paths.ts';

/** How the console's own servers are run: the same program under another word. */
export interface NodeProgram {
  readonly command: string;
  /** Before the word, for example the script. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** This very program. Under Electron its executable runs as plain Node. */
export function ownProgram(): NodeProgram {
  return {
    command: process.execPath,
    args: [join(distDirectory(), 'console.cjs')],
    env: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
  };
}

/** Servers get this and nothing of what the operator's shell holds. */
export const baseEnvironment = (): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
});

export interface SpecContext {
  readonly layout: Layout;
  readonly paths: WorkspacePaths;
  readonly topology: TopologyPaths;
  readonly node: NodeProgram;
}

const host = '127.0.0.1';

/** Everything by argument: what an operator changed in postgresql.conf beside these stays in force. */
function postgresArgs(layout: Layout): string[] {
  const settings = {
    listen_addresses: host,
    port: String(layout.ports.postgres),
    // A socket's path may have 107 bytes, which a work directory easily exceeds; TCP on loopback is all that is needed.
    unix_socket_directories: '',
    logging_collector: 'off',
    log_destination: 'stderr',
    password_encryption: 'scram-sha-256',
  };
  return [
    '-D',
    clusterData(layout),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

const nodeSpec = (word: 'resolver' | 'responder', config: string, context: SpecContext): ProcessSpec => ({
  name: word,
  command: context.node.command,
  args: [...context.node.args, word, '--config', config],
  cwd: context.paths.root,
  env: { ...baseEnvironment(), ...context.node.env },
});

/** The command line of a server. No secret is in it. */
export function specOf(id: ServerId, context: SpecContext): ProcessSpec {
  const { layout, paths, topology } = context;
  switch (id) {
    case 'postgres': {
      const { user, home } = layout.postgres;
      return {
        name: id,
        command: layout.programs.postgres.path,
        args: postgresArgs(layout),
        cwd: home,
        env: baseEnvironment(),
        ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
      };
    }
    case 'openbao':
      return {
        name: id,
        command: layout.programs.openbao.path,
        args: ['server', `-config=${topology.openbaoConfig}`],
        cwd: topology.openbao,
        env: { ...baseEnvironment(), HOME: topology.openbao },
      };
    case 'resolver':
      return nodeSpec(id, topology.resolverConfig, context);
    case 'responder':
      return nodeSpec(id, paths.responderConfig, context);
    case 'step-ca':
      return {
        name: id,
        command: layout.programs['step-ca'].path,
        args: stepCaArgs({
          configFile: paths.caConfig,
          passwordFile: paths.passwordFile,
          resolver: `${host}:${layout.ports.resolver}`,
          acmeHttpPort: layout.ports.acmeHttp,
        }),
        cwd: paths.secrets,
        env: { ...baseEnvironment(), HOME: paths.secrets, STEPPATH: paths.secrets },
      };
  }
}

/** SIGINT is PostgreSQL's "fast" stop: SIGTERM waits for its clients, for ever. */
export function stopOptions(id: ServerId): StopOptions {
  return id === 'postgres' ? { signal: 'SIGINT', graceMs: 30_000 } : { graceMs: 15_000 };
}

const portNames: Readonly<Record<ServerId, readonly (keyof Ports)[]>> = {
  postgres: ['postgres'],
  openbao: ['openbao', 'openbaoCluster'],
  resolver: ['resolver'],
  responder: ['acmeHttp', 'responderAdmin'],
  'step-ca': ['stepCa'],
};

/** The transports that a port of the layout must be free for. */
export const transportsOf = (name: keyof Ports): readonly Transport[] =>
  name === 'resolver' ? ['tcp', 'udp'] : ['tcp'];

/** A port that a server listens on, and what for. */
export interface PortUse {
  readonly name: keyof Ports;
  readonly port: number;
}

/** The server that listens on a port of the layout. */
export const serverOfPort = (name: keyof Ports): ServerId =>
  serverIds.find((id) => portNames[id].includes(name)) ?? 'openbao';

/** The one by which the server is known comes first. */
export const portsOf = (id: ServerId, { ports }: Layout): readonly PortUse[] =>
  portNames[id].map((name) => ({ name, port: ports[name] }));

/** Files without which a server cannot start. */
export function filesOf(id: ServerId, { layout, paths, topology }: SpecContext): readonly string[] {
  switch (id) {
    case 'postgres':
      return [join(clusterData(layout), 'PG_VERSION')];
    case 'openbao':
      return [topology.openbaoConfig];
    case 'resolver':
      return [topology.resolverConfig];
    case 'responder':
      return [paths.responderConfig];
    case 'step-ca':
      return [paths.caConfig, paths.passwordFile, paths.intermediateKey];
  }
}
