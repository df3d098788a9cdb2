import { hclFile, type HclBlock } from './hcl.ts';

/** A server of one node on Raft storage. */
export interface ServerConfig {
  readonly dataDir: string;
  readonly nodeId: string;
  /** `host:port` of the API listener, for example `127.0.0.1:8200`. */
  readonly listen: string;
  /** `host:port` of the cluster listener. */
  readonly clusterListen: string;
  /** What clients are told; from `listen` unless given. */
  readonly apiUrl?: string;
  /** PEM files; plain HTTP without. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** File audit devices by name; at least one, or nobody can say later who did what. */
  readonly audit: readonly { readonly name: string; readonly file: string }[];
}

/**
 * openbao.hcl. Audit devices stand in it because newer servers refuse them over the API; there is no mlock setting any more.
 * The recovery endpoints that need no token stay off: a break-glass role is the way (failure mode C33).
 */
export function serverConfig(config: ServerConfig): string {
  const { tls } = config;
  const blocks: HclBlock[] = [
    {
      type: 'storage',
      labels: ['raft'],
      // The documented value for production; without it a node waits five times as long before it leads after an unseal.
      attributes: { path: config.dataDir, node_id: config.nodeId, performance_multiplier: 1 },
    },
    {
      type: 'listener',
      labels: ['tcp'],
      attributes: {
        address: config.listen,
        cluster_address: config.clusterListen,
        ...(tls === undefined
          ? { tls_disable: true }
          : { tls_cert_file: tls.certFile, tls_key_file: tls.keyFile, tls_min_version: 'tls12' }),
      },
    },
    ...config.audit.map(({ name, file }) => ({
      type: 'audit',
      labels: ['file', name],
      blocks: [{ type: 'options', attributes: { file_path: file, mode: '0600' } }],
    })),
  ];
  return hclFile(
    {
      api_addr: config.apiUrl ?? `${tls === undefined ? 'http' : 'https'}://${config.listen}`,
      cluster_addr: `https://${config.clusterListen}`,
    },
    blocks,
  );
}

/** An OpenBao Agent that renders files. Paths are those the agent sees. */
export interface AgentHclConfig {
  /** Absent: from the agent's environment, as the older tools wrote it for services. */
  readonly address?: string;
  /** PEM bundle by which an https address is trusted. */
  readonly caCert?: string;
  readonly mountPath?: string;
  readonly roleIdFile: string;
  readonly secretIdFile: string;
  readonly tokenFile: string;
  readonly templates: readonly { readonly source: string; readonly destination: string }[];
}

/** agent.hcl (formats.md "OpenBao"): the secret_id file is kept after reading, rendered files are 0600. */
export function agentHcl(config: AgentHclConfig): string {
  const method: HclBlock = {
    type: 'method',
    labels: ['approle'],
    attributes: { mount_path: config.mountPath },
    blocks: [
      {
        type: 'config',
        assigned: true,
        attributes: {
          role_id_file_path: config.roleIdFile,
          secret_id_file_path: config.secretIdFile,
          remove_secret_id_file_after_reading: false,
        },
      },
    ],
  };
  const sink: HclBlock = {
    type: 'sink',
    labels: ['file'],
    blocks: [{ type: 'config', assigned: true, attributes: { path: config.tokenFile, mode: 0o600 } }],
  };
  const vault: HclBlock[] =
    config.address === undefined
      ? []
      : [{ type: 'vault', attributes: { address: config.address, ca_cert: config.caCert } }];
  return hclFile({}, [
    ...vault,
    { type: 'auto_auth', blocks: [method, sink] },
    ...config.templates.map(({ source, destination }) => ({
      type: 'template',
      attributes: { source, destination, perms: '0600' },
    })),
  ]);
}
