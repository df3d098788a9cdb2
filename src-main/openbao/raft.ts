import type { VaultCaller } from './caller.ts';
import * as schemas from './schemas.ts';

const snapshotMaxBytes = 1024 * 1024 * 1024;
const snapshotTimeoutMs = 10 * 60_000;

export interface RaftServer {
  readonly nodeId: string;
  /** Cluster address, `host:port`. */
  readonly address: string;
  readonly leader: boolean;
  readonly voter: boolean;
}

/** Integrated storage. */
export class Raft {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  async configuration(): Promise<readonly RaftServer[]> {
    const { data } = await this.#caller.read(
      'sys/storage/raft/configuration',
      schemas.raftConfigurationSchema,
    );
    return data.config.servers.map(({ node_id: nodeId, address, leader, voter }) => ({
      nodeId,
      address,
      leader,
      voter,
    }));
  }

  async autopilot(): Promise<{
    healthy: boolean;
    failureTolerance: number;
    leader: string;
    /** By node id. */
    servers: Readonly<Record<string, { healthy: boolean; lastContact: string } | undefined>>;
  }> {
    const { data } = await this.#caller.read('sys/storage/raft/autopilot/state', schemas.autopilotSchema);
    const servers = Object.entries(data.servers ?? {}).map(([id, { healthy, last_contact: lastContact }]) => [
      id,
      { healthy, lastContact },
    ]);
    return {
      healthy: data.healthy,
      failureTolerance: data.failure_tolerance,
      leader: data.leader,
      servers: Object.fromEntries(servers) as Record<string, { healthy: boolean; lastContact: string }>,
    };
  }

  /** A snapshot of everything, gzip, at most 1 GiB. It is as secret as the store: sealed by the unseal shares. */
  snapshot(): Promise<Buffer> {
    return this.#caller.read('sys/storage/raft/snapshot', schemas.bytesSchema, {
      maxBytes: snapshotMaxBytes,
      timeoutMs: snapshotTimeoutMs,
    });
  }
}
