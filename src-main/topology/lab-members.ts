import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { serverConfig } from '../openbao/config.ts';
import { createOpenBao, type OpenBao } from '../openbao/openbao.ts';
import { pause } from '../operations/pause.ts';
import { freePort } from '../processes/ports.ts';
import { ProcessSupervisor } from '../processes/supervisor.ts';
import { ensureDirectory, writeFileAtomic } from '../workspace/atomic.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { declaredAudit } from './configs.ts';
import { readLayout, type Layout } from './layout.ts';
import { baseEnvironment } from './specs.ts';
import { TopologyPaths } from './topology-paths.ts';

/** One more member of a lab's cluster. */
export interface LabMember {
  readonly nodeId: string;
  readonly url: string;
}

/** How long a member may take to answer, to follow the leader, to get its vote, milliseconds. */
const patienceMs = 90_000;

/**
 * Members that join the OpenBao of a lab installation, which is a cluster of Raft from then on: for demonstrations and tests, where one
 * host plays several. They are processes of this host, found again by whoever opens the work directory next.
 */
export class LabMembers {
  readonly #paths: WorkspacePaths;
  readonly #files: TopologyPaths;
  readonly #processes: ProcessSupervisor;

  constructor(paths: WorkspacePaths) {
    this.#paths = paths;
    this.#files = new TopologyPaths(paths);
    this.#processes = new ProcessSupervisor({ run: paths.run, logs: paths.logs });
  }

  /**
   * Starts `count` more members, joins them to the first, gives them their shares, and waits until each has a vote.
   * @throws `topology_none`, `topology_not_ready`, `cancelled`, what the OpenBao client throws
   */
  async join(count: number, signal?: AbortSignal): Promise<readonly LabMember[]> {
    const layout = await readLayout(this.#files.layout);
    if (layout === undefined) throw new ConsoleError('topology_none', { path: this.#paths.root });
    const first = `http://127.0.0.1:${layout.ports.openbao}`;
    const shares = (await readFile(this.#paths.unsealKeys, 'utf8')).trim().split('\n');
    const taken = new Set(Object.values(layout.ports));
    const joined: LabMember[] = [];
    for (let index = 2; index < count + 2; index += 1) {
      const member = await this.#start(`openbao-${index}`, layout, taken);
      const openbao = createOpenBao({ url: member.url });
      await this.#until(async () => !(await openbao.sealStatus()).initialised, signal);
      await openbao.joinRaft(first);
      for (const share of shares) if (!(await openbao.unseal(share)).sealed) break;
      joined.push(member);
    }
    for (const { url } of joined) await this.#until(() => follows(createOpenBao({ url })), signal);
    return joined;
  }

  async #start(nodeId: string, layout: Layout, taken: Set<number>): Promise<LabMember> {
    const port = await freePort(layout.ports.openbao + 1, taken);
    taken.add(port);
    const clusterPort = await freePort(port + 1, taken);
    taken.add(clusterPort);
    const home = join(this.#paths.local, nodeId);
    await ensureDirectory(join(home, 'data'), { mode: 0o700 });
    const config = join(home, 'openbao.hcl');
    const text = serverConfig({
      dataDir: join(home, 'data'),
      nodeId,
      listen: `127.0.0.1:${port}`,
      clusterListen: `127.0.0.1:${clusterPort}`,
      audit: declaredAudit(this.#files),
    });
    await writeFileAtomic(config, text, { mode: 0o600 });
    await this.#processes.start({
      name: nodeId,
      command: layout.programs.openbao.path,
      args: ['server', `-config=${config}`],
      cwd: home,
      env: { ...baseEnvironment(), HOME: home },
    });
    return { nodeId, url: `http://127.0.0.1:${port}` };
  }

  async #until(done: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (signal?.aborted === true) throw new ConsoleError('cancelled');
      if (await done().catch(() => false)) return;
      await pause(200, signal);
    }
    const seconds = Math.round(patienceMs / 1000);
    throw new ConsoleError('topology_not_ready', { server: 'OpenBao', seconds });
  }

  /** Ends all of them; whoever is gone already is no error. */
  async stop(members: readonly LabMember[]): Promise<void> {
    for (const { nodeId } of members) await this.#processes.stop(nodeId, { graceMs: 10_000 });
  }
}

const follows = async (openbao: OpenBao): Promise<boolean> => {
  const { sealed } = await openbao.health();
  return !sealed && (await openbao.leader()).address !== '';
};
