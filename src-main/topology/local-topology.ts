import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LogLine, LogSource, ServerStatus } from '../../shared/contract/topology.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { pause } from '../operations/pause.ts';
import { noRestarts } from '../processes/backoff.ts';
import { DesiredState } from '../processes/desired-state.ts';
import type { RunningProcess } from '../processes/supervisor.ts';
import { requireServer } from '../servers/find-server.ts';
import { ensureDirectory, writeFileAtomic } from '../workspace/atomic.ts';
import { withExclusiveLock } from '../workspace/exclusive-lock.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { isAgent } from './agents/agent-list.ts';
import { RenewalAgents } from './agents/renewal-agents.ts';
import { renderOpenBaoConfig, renderResolverConfig } from './configs.ts';
import { makeLayout, type LayoutChoices } from './make-layout.ts';
import {
  readLayout,
  runAgents,
  runAsUnits,
  withProgram,
  writeLayout,
  type Layout,
  type Ports,
} from './layout.ts';
import { followLogs, redact } from './log-lines.ts';
import { clusterData, clusterMajor, makeCluster } from './postgres-cluster.ts';
import { releaseDeadPostmaster } from './postgres-lock.ts';
import { checkBeforeStart, takenPorts, type TakenPort } from './preflight.ts';
import { probe, type ProbeResult } from './probes.ts';
import { ProcessRunner } from './process-runner.ts';
import { untilReady } from './readiness.ts';
import { RestartNotes } from './restart-notes.ts';
import type { LogPlace, Runner } from './runner.ts';
import { serverIds, type ServerId } from './server-id.ts';
import { ownProgram, specOf, stopOptions, type NodeProgram, type SpecContext } from './specs.ts';
import { statusOf } from './status.ts';
import { supervise, type Supervision } from './supervision.ts';
import { localView } from './local-view.ts';
import { removeLocalData } from './local-data.ts';
import type { Topology } from './topology.ts';
import { TopologyPaths } from './topology-paths.ts';
import { UnitRunner } from './systemd/unit-runner.ts';

export interface LocalTopologyOptions {
  /** How the responder and the resolver are run; this very program unless given. */
  readonly node?: NodeProgram;
  /** Longest wait for a server to become ready, milliseconds. */
  readonly patienceMs?: number;
}

/** The servers of one installation as processes of this machine. Every console of the workspace sees the same ones. */
export class LocalTopology implements Topology {
  readonly kind = 'local';
  readonly servers = serverIds;
  readonly inside = localView;
  readonly files: TopologyPaths;
  readonly agents: RenewalAgents;
  readonly #paths: WorkspacePaths;
  readonly #processes: ProcessRunner;
  readonly #desired: DesiredState;
  readonly #notes: RestartNotes;
  readonly #node: NodeProgram | undefined;
  readonly #patienceMs: number;
  readonly #since = new Map<ServerId, { readonly state: string; readonly at: number }>();
  #supervision: Supervision | undefined;
  #units: UnitRunner | undefined;

  constructor(paths: WorkspacePaths, options: LocalTopologyOptions = {}) {
    this.#paths = paths;
    this.files = new TopologyPaths(paths);
    this.#processes = new ProcessRunner(paths);
    this.#desired = new DesiredState(paths.run);
    this.#notes = new RestartNotes(paths.run);
    this.#node = options.node;
    this.#patienceMs = options.patienceMs ?? 60_000;
    this.agents = new RenewalAgents({
      paths,
      node: () => this.#node ?? ownProgram(),
      desired: this.#desired,
      notes: this.#notes,
      chosen: async () => (await this.readLayout())?.agents === true,
    });
  }

  /** Undefined when this installation has no servers of its own. Throws `topology_layout`. */
  async readLayout(): Promise<Layout | undefined> {
    const layout = await readLayout(this.files.layout);
    return layout?.compose === undefined ? layout : undefined;
  }

  /** Throws `topology_none`. */
  async requireLayout(): Promise<Layout> {
    const layout = await this.readLayout();
    if (layout === undefined) throw new ConsoleError('topology_none', { path: this.#paths.root });
    return layout;
  }

  /** Writes topology.json and the resolver's configuration. Throws what {@link requireServer} throws when a program is missing. */
  async createLayout(choices: LayoutChoices): Promise<Layout> {
    const layout = await makeLayout(choices, this.#paths, this.files);
    await writeLayout(this.files.layout, layout);
    await this.writeResolverConfig();
    return layout;
  }

  /** Other ports for servers that do not run; their configuration is to be written anew afterwards. Durable when it returns. */
  async changePorts(change: Partial<Ports>): Promise<void> {
    const layout = await this.requireLayout();
    await writeLayout(this.files.layout, { ...layout, ports: { ...layout.ports, ...change } });
  }

  /** The ports of a server that does not run and which somebody else has now. */
  async takenPorts(id: ServerId): Promise<readonly TakenPort[]> {
    return (await this.isRunning(id)) ? [] : takenPorts(id, await this.requireLayout());
  }

  async writeOpenBaoConfig(): Promise<void> {
    const layout = await this.requireLayout();
    await ensureDirectory(this.files.openbaoData, { mode: 0o700 });
    await ensureDirectory(dirname(this.files.openbaoAuditSecond), { mode: 0o700 });
    await writeFileAtomic(this.files.openbaoConfig, renderOpenBaoConfig(layout, this.files), { mode: 0o600 });
  }

  /** @param others state.json files of other installations whose services it answers for */
  async writeResolverConfig(others: readonly string[] = []): Promise<void> {
    const layout = await this.requireLayout();
    const text = renderResolverConfig(layout, this.#paths, others);
    await ensureDirectory(dirname(this.files.resolverConfig), { mode: 0o700 });
    await writeFileAtomic(this.files.resolverConfig, text, { mode: 0o600 });
  }

  /** Makes PostgreSQL's data directory with this password of its superuser, unless it is there. */
  async initPostgres(password: string, signal?: AbortSignal): Promise<void> {
    const layout = await this.requireLayout();
    await makeCluster(layout, layout.programs.postgres.path, password, signal);
  }

  async removeData(id: 'openbao' | 'postgres'): Promise<void> {
    await removeLocalData(id, this.files, await this.readLayout());
  }

  /** The resolver reads the names from state.json by itself. */
  async publishNames(): Promise<void> {}

  async addressesOf(): Promise<undefined> {
    return undefined;
  }

  async hostPath(_id: ServerId, path: string): Promise<string> {
    return path;
  }

  #context(layout: Layout): SpecContext {
    return { layout, paths: this.#paths, topology: this.files, node: this.#node ?? ownProgram() };
  }

  /** The servers as units of this prefix, whether they are that now or would be. */
  asUnits(prefix: string): UnitRunner {
    return new UnitRunner({ prefix, context: async () => this.#context(await this.requireLayout()) });
  }

  /** Whatever runs the servers at the moment of the call. */
  async #runner(): Promise<Runner> {
    const systemd = (await this.readLayout())?.systemd;
    if (systemd === undefined) return this.#processes;
    if (this.#units?.prefix !== systemd.prefix) this.#units = this.asUnits(systemd.prefix);
    return this.#units;
  }

  /** From now on the servers are units of this prefix; undefined: processes of the console. They do not run meanwhile. */
  async runAs(prefix: string | undefined): Promise<void> {
    await writeLayout(this.files.layout, runAsUnits(await this.requireLayout(), prefix));
  }

  /** Whether the console runs the renewal agents of this host from now on. Starts and stops none. Durable when it returns. */
  async chooseAgents(chosen: boolean): Promise<void> {
    await writeLayout(this.files.layout, runAgents(await this.requireLayout(), chosen));
  }

  /** From its next start the server is this program. Durable when it returns. */
  async useProgram(
    id: keyof Layout['programs'],
    program: { readonly path: string; readonly version: string },
  ): Promise<void> {
    await writeLayout(this.files.layout, withProgram(await this.requireLayout(), id, program));
  }

  /** A program that was removed or replaced since: another that fits, noted in the layout. A database keeps its major version. */
  async #withPrograms(id: ServerId, layout: Layout): Promise<Layout> {
    if (id === 'resolver' || id === 'responder') return layout;
    const there = await stat(layout.programs[id].path).then(
      () => true,
      () => false,
    );
    if (there) return layout;
    const major = id === 'postgres' ? await clusterMajor(layout) : undefined;
    const { path, version } = await requireServer(id, major === undefined ? {} : { major });
    const next = { ...layout, programs: { ...layout.programs, [id]: { path, version } } };
    await writeLayout(this.files.layout, next);
    return next;
  }

  /** Starts the process unless it runs; says nothing yet about whether it answers. Used by the supervision as well. */
  async launch(id: ServerId): Promise<RunningProcess> {
    const lock = join(this.#paths.run, 'start.lock.db');
    return withExclusiveLock(
      lock,
      `start ${id}`,
      async () => {
        const runner = await this.#runner();
        const running = await runner.find(id);
        if (running !== undefined) return running;
        const context = this.#context(await this.#withPrograms(id, await this.requireLayout()));
        await checkBeforeStart(id, context);
        if (id === 'postgres') await releaseDeadPostmaster(clusterData(context.layout));
        return runner.start(id, specOf(id, context));
      },
      { timeoutMs: 30_000 },
    );
  }

  /**
   * Starts a server and waits until it answers a real question. Idempotent.
   * @throws `topology_none`, `topology_file`, `topology_port_taken`, `topology_port_unknown`, `topology_not_ready`, `process_not_started`,
   *   those of start-failure.ts with the server's last lines, and those of {@link requireServer}: it does not run then
   */
  async startServer(id: ServerId, signal?: AbortSignal): Promise<void> {
    const runner = await this.#runner();
    const before = await runner.logs.end(id);
    await this.#notes.set(id, noRestarts);
    await this.launch(id);
    try {
      await this.waitReady(id, signal, before);
    } catch (error) {
      await runner.stop(id, stopOptions(id));
      throw error;
    }
    await this.#desired.set(id, 'running');
  }

  /** Waits until a running server answers. For OpenBao any state is an answer. */
  async waitReady(id: ServerId, signal?: AbortSignal, before: LogPlace = Infinity): Promise<void> {
    const [layout, runner] = await Promise.all([this.requireLayout(), this.#runner()]);
    const awaited = { id, layout, paths: this.#paths, runner, patienceMs: this.#patienceMs, before };
    return untilReady(awaited, signal);
  }

  /** After an unseal: waits until OpenBao leads and serves, which takes a Raft node a moment. */
  async settle(signal?: AbortSignal): Promise<void> {
    const layout = await this.readLayout();
    if (layout === undefined) return;
    const deadline = Date.now() + 15_000;
    while (Date.now() < deadline && signal?.aborted !== true) {
      const { state, serving } = await probe('openbao', layout, this.#paths);
      if (serving === true || state === 'sealed') return;
      await pause(100, signal);
    }
  }

  /** Stops a server and waits until it is gone; it stays stopped. One that does not run is no error. */
  async stopServer(id: ServerId): Promise<void> {
    await this.#desired.set(id, 'stopped');
    await (await this.#runner()).stop(id, stopOptions(id));
  }

  async restartServer(id: ServerId, signal?: AbortSignal): Promise<void> {
    await this.stopServer(id);
    await this.startServer(id, signal);
  }

  /** Makes a server read its configuration again (SIGHUP). @returns false when it does not run */
  async reloadServer(id: ServerId): Promise<boolean> {
    return (await this.#runner()).signal(id, 'SIGHUP');
  }

  /** What the server answers now. */
  async probe(id: ServerId): Promise<ProbeResult> {
    return probe(id, await this.requireLayout(), this.#paths);
  }

  async isRunning(id: ServerId): Promise<boolean> {
    return (await (await this.#runner()).find(id)) !== undefined;
  }

  /** Whether it is our process, is wanted, and answers. For OpenBao any state is an answer. */
  async isReady(id: ServerId): Promise<boolean> {
    const layout = await this.readLayout();
    if (layout === undefined || !(await this.isRunning(id))) return false;
    if ((await this.#desired.of(id)) !== 'running') return false;
    return ['ready', 'sealed'].includes((await probe(id, layout, this.#paths)).state);
  }

  async anyRunning(): Promise<boolean> {
    for (const id of serverIds) if (await this.isRunning(id)) return true;
    return false;
  }

  /** All servers in their order, and the agents after them. */
  async startAll(signal?: AbortSignal): Promise<void> {
    for (const id of serverIds) if (!(await this.isReady(id))) await this.startServer(id, signal);
    const agents = await this.agents.declared();
    if (agents.length > 0) await this.agents.start(agents, signal);
  }

  /** The agents, then all servers in the opposite order. */
  async stopAll(): Promise<void> {
    // First what is wanted, so that nobody starts again what is being stopped.
    for (const id of serverIds) await this.#desired.set(id, 'stopped');
    await this.agents.stop();
    for (const id of [...serverIds].reverse()) await this.stopServer(id);
  }

  /** Each server as it is now; none when this installation has no servers of its own. */
  async statuses(): Promise<ServerStatus[]> {
    const layout = await this.readLayout();
    if (layout === undefined) return [];
    const [desired, notes, runner] = await Promise.all([
      this.#desired.read(),
      this.#notes.read(),
      this.#runner(),
    ]);
    return Promise.all(
      serverIds.map(async (id) => {
        const running = await runner.find(id);
        const status = statusOf({
          id,
          layout,
          running,
          answer: running === undefined ? undefined : await probe(id, layout, this.#paths),
          desired: desired[id] ?? 'stopped',
          history: (await runner.history?.(id)) ?? notes[id] ?? noRestarts,
          now: Date.now(),
        });
        const wrong = ['unhealthy', 'restarting', 'failed'].includes(status.state);
        const [line] = wrong ? await runner.logs.last(id, 1) : [];
        return {
          ...status,
          since: this.#sinceOf(id, status.state, running),
          ...(line === undefined ? {} : { lastLine: redact(line) }),
        };
      }),
    );
  }

  #sinceOf(id: ServerId, state: string, running: RunningProcess | undefined): number {
    const known = this.#since.get(id);
    if (known?.state === state) return known.at;
    // Seen for the first time: a server that runs is in this state at most since it was started.
    const at = known === undefined && running !== undefined ? running.startedAt : Date.now();
    this.#since.set(id, { state, at });
    return at;
  }

  /** The statuses now and whenever one has changed. */
  async *watch(signal: AbortSignal, pollMs = 2_000): AsyncIterable<ServerStatus[]> {
    let last = '';
    while (!signal.aborted) {
      const now = await this.statuses();
      const text = JSON.stringify(now);
      if (text !== last) yield now;
      last = text;
      await pause(now.some(({ state }) => state === 'starting') ? 500 : pollMs, signal);
    }
  }

  /** Log lines of one or all servers and of the agents that run with them, redacted. Throws `agents_none_of`. */
  async *logs(
    options: { readonly server?: LogSource; readonly lines: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<LogLine> {
    const { server } = options;
    if (server?.startsWith('agent:') === true) {
      const files = await this.agents.logOf(server);
      yield* followLogs(async () => files, options, signal);
      return;
    }
    const ids = serverIds.filter((id) => server === undefined || server === id);
    const others = server === undefined ? { others: () => this.agents.logs() } : {};
    yield* (await this.#runner()).logs.follow(ids, { ...options, ...others }, signal);
  }

  /**
   * Begins to watch over the servers, if no other console does: one that ends by itself is started again with growing delay, big logs
   * are rotated. For hosts that live long. Ends with {@link close}.
   */
  supervise(): void {
    const launch = async (id: ServerId): Promise<void> => void (await this.launch(id));
    const agentOf = async (name: string): Promise<void> => {
      const agent = (await this.agents.declared()).find((one) => one.name === name);
      if (agent !== undefined) await this.agents.launch(agent);
    };
    const serverOf = (name: string): ServerId | undefined => serverIds.find((id) => id === name);
    this.#supervision ??= supervise({
      lockPath: join(this.#paths.run, 'supervise.lock.db'),
      desired: { of: (name) => (isAgent(name) ? this.agents.wanted() : this.#desired.of(name)) },
      notes: this.#notes,
      find: (name) => this.agents.find(name),
      async launch(name) {
        const id = serverOf(name);
        await (id === undefined ? agentOf(name) : launch(id));
      },
      logPath: (name) => this.agents.logPath(name),
      names: async () => {
        const layout = await this.readLayout();
        if (layout === undefined) return undefined;
        const agents = (await this.agents.declared()).map(({ name }) => name);
        // systemd starts its units again by itself.
        if (layout.systemd === undefined) return [...serverIds, ...agents];
        return agents.length === 0 ? undefined : agents;
      },
      tidy: async () => {
        if (await this.agents.chosen()) await this.agents.endOrphans(await this.agents.declared());
      },
    });
  }

  /** Ends watching. The servers keep running. */
  async close(): Promise<void> {
    await this.#supervision?.end();
    this.#supervision = undefined;
  }
}
