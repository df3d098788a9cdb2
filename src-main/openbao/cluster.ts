import type { Message } from '../../shared/message.ts';
import { ConsoleError, errorMessages } from '../../shared/errors.ts';
import { toErrorData } from '../operations/error-data.ts';
import type { OpenBao, OpenBaoClient } from './openbao.ts';
import * as schemas from './schemas.ts';

/** What is known of one member. What only a token may ask is absent without one, or when the token may not. */
export interface Member {
  readonly url: string;
  readonly state: 'leader' | 'follower' | 'sealed' | 'uninitialised' | 'unreachable';
  readonly version?: string;
  /** Why it is unreachable. */
  readonly problem?: Message;
  /** Shares given to this member so far in its present attempt. */
  readonly progress?: number;
  readonly threshold?: number;
  readonly nodeId?: string;
  readonly voter?: boolean;
  /** As the leader's autopilot judges it. */
  readonly healthy?: boolean;
  /** Since the leader heard of it last, as OpenBao writes durations: `1.2s`. */
  readonly lastContact?: string;
}

export interface Cluster {
  readonly members: readonly Member[];
  /** As autopilot says: how many voters may be lost before writing ends. */
  readonly failureTolerance?: number;
  readonly healthy?: boolean;
}

async function look(member: OpenBao): Promise<Member> {
  const { url } = member;
  try {
    const { sealed, initialised, version, progress, threshold } = await member.sealStatus();
    const known = { url, version, progress, threshold };
    if (!initialised) return { ...known, state: 'uninitialised' };
    if (sealed) return { ...known, state: 'sealed' };
    const { standby } = await member.health();
    return { ...known, state: standby ? 'follower' : 'leader' };
  } catch (error) {
    return { url, state: 'unreachable', problem: errorMessages(toErrorData(error)).what };
  }
}

type Known = Pick<Member, 'nodeId' | 'voter' | 'healthy' | 'lastContact'>;
interface RaftView extends Omit<Cluster, 'members'> {
  /** By API address. */
  readonly nodes: ReadonlyMap<string, Known>;
}
const nothing: RaftView = { nodes: new Map() };

/** What the leader knows. Each question may be forbidden to the token, and then its part is unknown. */
async function raftView(client: OpenBaoClient): Promise<RaftView> {
  const unknown = (): undefined => undefined;
  const [servers, autopilot, nodes] = await Promise.all([
    client.raft.configuration().catch(unknown),
    client.raft.autopilot().catch(unknown),
    client.caller.read('sys/ha-status', schemas.haStatusSchema).catch(unknown),
  ]);
  const known = new Map<string, Known>();
  for (const { api_address: url, cluster_address: cluster } of nodes?.data.nodes ?? []) {
    const address = cluster.replace(/^https?:\/\//, '');
    const server = servers?.find((each) => each.address === address);
    if (server === undefined) continue;
    const judged = autopilot?.servers[server.nodeId];
    known.set(url.replace(/\/+$/, ''), {
      nodeId: server.nodeId,
      voter: server.voter,
      ...(judged === undefined ? {} : { healthy: judged.healthy, lastContact: judged.lastContact }),
    });
  }
  return {
    nodes: known,
    ...(autopilot === undefined
      ? {}
      : { healthy: autopilot.healthy, failureTolerance: autopilot.failureTolerance }),
  };
}

/**
 * Every member as it is now, in the order of the addresses. Never throws.
 * @param client of a live session, for what autopilot and the Raft configuration say
 */
export async function clusterOf(openbao: OpenBao, client?: OpenBaoClient): Promise<Cluster> {
  const members = await Promise.all(openbao.members().map(look));
  const led = members.some(({ state }) => state === 'leader');
  const { nodes, ...raft } = client === undefined || !led ? nothing : await raftView(client);
  return { ...raft, members: members.map((member) => ({ ...member, ...nodes.get(member.url) })) };
}

/** The members that are sealed and can be asked; of a single server that one. */
export async function sealedMembers(openbao: OpenBao): Promise<readonly OpenBao[]> {
  const all = openbao.members();
  const sealed = await Promise.all(
    all.map((member) =>
      member.sealStatus().then(
        (status) => status.initialised && status.sealed,
        () => false,
      ),
    ),
  );
  return all.filter((_member, index) => sealed[index] === true);
}

/**
 * Every address is a member of the cluster that this client talks to. A sealed member does not say whose it is: its store must
 * be Raft at least, and what is wrong shows when it is unsealed.
 * @throws `openbao_other_cluster`, and those of a member that does not answer
 */
export async function assertOneCluster(openbao: OpenBao, urls: readonly string[]): Promise<void> {
  const { clusterId } = await openbao.health();
  for (const url of urls) {
    const member = openbao.member(url);
    const { initialised, sealed, storage } = await member.sealStatus();
    const raft = initialised && storage === 'raft';
    const other = sealed || clusterId === undefined ? false : (await member.health()).clusterId !== clusterId;
    if (!raft || other) throw new ConsoleError('openbao_other_cluster', { url });
  }
}
