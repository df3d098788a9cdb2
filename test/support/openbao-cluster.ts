import { readFile } from 'node:fs/promises';
import { declaredAudit } from '../../src-main/topology/configs.ts';
import { TopologyPaths } from '../../src-main/topology/topology-paths.ts';
import type { Installation } from './installation.ts';
import { startOpenBao, type TestOpenBao } from './openbao.ts';

/** Members that joined the OpenBao of an installation, which is a cluster of Raft from then on. */
export interface JoinedMembers {
  /** Address of the installation's own OpenBao. */
  readonly first: string;
  readonly others: readonly TestOpenBao[];
  /** Unseal shares of all of them. */
  readonly shares: readonly string[];
  stop(): Promise<void>;
}

/** Real nodes on free ports, unsealed and voting when this returns. About five seconds. */
export async function joinMembers(stack: Installation, count: number): Promise<JoinedMembers> {
  const { openbao_url: first } = JSON.parse(await readFile(stack.paths.state, 'utf8')) as {
    openbao_url: string;
  };
  const shares = (await readFile(stack.paths.unsealKeys, 'utf8')).trim().split('\n');
  const audit = declaredAudit(new TopologyPaths(stack.paths));
  const others: TestOpenBao[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(others.map((node) => node.stop()));
  };
  try {
    for (let index = 0; index < count; index += 1) {
      const node = await startOpenBao({ member: { nodeId: `member-${index + 2}`, audit } });
      others.push(node);
      const answer = await fetch(`${node.url}/v1/sys/storage/raft/join`, {
        method: 'POST',
        body: JSON.stringify({ leader_api_addr: first }),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      for (const share of shares.slice(0, 2)) await node.openbao.unseal(share);
    }
    return { first, others, shares, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
