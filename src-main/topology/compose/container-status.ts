import type { ServerStatus } from '../../../shared/contract/topology.ts';
import { message } from '../../../shared/message.ts';
import { isConsoleError, type ConsoleError } from '../../../shared/errors.ts';
import type { Container, InspectedContainer } from '../../docker/shapes.ts';
import { noRestarts } from '../../processes/backoff.ts';
import type { DesiredState } from '../../processes/desired-state.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { probe } from '../probes.ts';
import { serverTitles } from '../server-id.ts';
import { statusOf } from '../status.ts';
import type { ComposeProject } from './compose-project.ts';
import { lastContainerLines } from './container-logs.ts';
import { containerProblem } from './container-problem.ts';
import { problemAndNext } from './engine-problem.ts';
import type { ContainerLayout } from './render.ts';
import { agentOf, composeServers, type ComposeServer } from './services.ts';

/** The engine's sentence of a container that was started less than a minute ago: it may have been started again since. */
const fresh = /\bseconds?\b/;
const wrong: readonly string[] = ['unhealthy', 'restarting', 'failed'];

/** The servers as they are now: one list of the engine, and a closer look only at what changed since. */
export class ContainerStatus {
  readonly #project: ComposeProject;
  readonly #paths: WorkspacePaths;
  readonly #desired: DesiredState;
  readonly #known = new Map<string, { readonly key: string; readonly found: InspectedContainer }>();

  constructor(project: ComposeProject, paths: WorkspacePaths, desired: DesiredState) {
    this.#project = project;
    this.#paths = paths;
    this.#desired = desired;
  }

  async now(): Promise<ServerStatus[]> {
    const layout = await this.#project.readLayout();
    if (layout === undefined) return [];
    try {
      const listed = await this.#project.list(layout);
      return await Promise.all(composeServers.map((id) => this.#one(id, layout, listed)));
    } catch (error) {
      // Who watches goes on watching: the engine may be started again at any moment.
      if (!isConsoleError(error)) throw error;
      return composeServers.map((id) => withoutEngine(id, layout, error));
    }
  }

  async #look({ id, name, state, status }: Container): Promise<InspectedContainer | undefined> {
    const key = `${id} ${state} ${fresh.test(status) ? status : ''}`;
    const known = this.#known.get(name);
    if (known?.key === key) return known.found;
    const found = await this.#project.inspect(name);
    if (found !== undefined) this.#known.set(name, { key, found });
    return found;
  }

  async #one(
    id: ComposeServer,
    layout: ContainerLayout,
    listed: ReadonlyMap<string, Container>,
  ): Promise<ServerStatus> {
    const now = Date.now();
    const container = listed.get(this.#project.containerOf(layout, id));
    const found = container && (await this.#look(container));
    const state = container?.state;
    const desired = container === undefined ? 'stopped' : await this.#desired.of(id);
    const running = found !== undefined && (state === 'running' || state === 'paused');
    const status = statusOf({
      id,
      layout,
      running: running ? { pid: found.pid, startedAt: found.startedAt } : undefined,
      answer: state === 'running' ? await probe(id, layout, this.#paths) : undefined,
      desired: state === 'restarting' ? 'running' : desired,
      history: {
        ...noRestarts,
        restarts: found?.restarts ?? 0,
        ...(state === 'restarting' ? { nextAt: now } : {}),
      },
      now,
    });
    const problem = found && containerProblem(found, desired === 'running', now);
    const judged = this.#judged(
      problem !== undefined && status.state !== 'ready' && status.state !== 'stopped'
        ? {
            ...status,
            problem,
            // Between two ends it looks as if it were just being started.
            ...(problem.key === 'topology.container.crash_loop' ? { state: 'restarting' as const } : {}),
          }
        : status,
      id,
      layout,
      listed,
    );
    if (!wrong.includes(judged.state) || container === undefined) return judged;
    const [line] = await lastContainerLines(this.#project.engine, container.name, 1);
    return line === undefined ? judged : { ...judged, lastLine: line };
  }

  /** What the server itself cannot say: that it is paused, or that nobody keeps its files as OpenBao has them. */
  #judged(
    status: ServerStatus,
    id: ComposeServer,
    layout: ContainerLayout,
    listed: ReadonlyMap<string, Container>,
  ): ServerStatus {
    if (listed.get(this.#project.containerOf(layout, id))?.state === 'paused')
      return { ...status, state: 'unhealthy' };
    const agent = agentOf[id];
    if (status.state !== 'ready' || agent === undefined) return status;
    const container = this.#project.containerOf(layout, agent);
    if (listed.get(container)?.state === 'running') return status;
    return { ...status, state: 'unhealthy', problem: message('topology.compose.no_agent', { container }) };
  }
}

/** What can be said of a server while no engine answers: nothing good. */
const withoutEngine = (id: ComposeServer, layout: ContainerLayout, error: ConsoleError): ServerStatus => ({
  ...statusOf({
    id,
    layout,
    running: undefined,
    answer: undefined,
    desired: 'stopped',
    history: noRestarts,
    now: Date.now(),
  }),
  title: serverTitles[id],
  state: 'unhealthy',
  problem: problemAndNext(error),
});
