import type { ServerStatus } from '../../../shared/contract/topology.ts';
import { message } from '../../../shared/message.ts';
import type { Container, InspectedContainer } from '../../docker/shapes.ts';
import { noRestarts } from '../../processes/backoff.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { probe } from '../probes.ts';
import { statusOf } from '../status.ts';
import type { ComposeProject } from './compose-project.ts';
import { lastContainerLines } from './container-logs.ts';
import type { ContainerLayout } from './render.ts';
import { agentOf, composeServers, type ComposeServer } from './services.ts';

/** The engine's sentence of a container that was started less than a minute ago: it may have been started again since. */
const fresh = /\bseconds?\b/;
const wrong: readonly string[] = ['unhealthy', 'restarting', 'failed'];

/** The servers as they are now: one list of the engine, and a closer look only at what changed since. */
export class ContainerStatus {
  readonly #project: ComposeProject;
  readonly #paths: WorkspacePaths;
  readonly #known = new Map<string, { readonly key: string; readonly found: InspectedContainer }>();

  constructor(project: ComposeProject, paths: WorkspacePaths) {
    this.#project = project;
    this.#paths = paths;
  }

  async now(): Promise<ServerStatus[]> {
    const layout = await this.#project.readLayout();
    if (layout === undefined) return [];
    const listed = await this.#project.list(layout);
    return Promise.all(composeServers.map((id) => this.#one(id, layout, listed)));
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
    const running = found !== undefined && (state === 'running' || state === 'paused');
    const status = statusOf({
      id,
      layout,
      running: running ? { pid: found.pid, startedAt: found.startedAt } : undefined,
      answer: state === 'running' ? await probe(id, layout, this.#paths) : undefined,
      desired: state === 'restarting' ? 'running' : 'stopped',
      history: {
        ...noRestarts,
        restarts: found?.restarts ?? 0,
        ...(state === 'restarting' ? { nextAt: now } : {}),
      },
      now,
    });
    const judged = this.#judged(status, id, layout, listed);
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
      return { ...status, state: 'unhealthy', problem: message('topology.compose.paused') };
    const agent = agentOf[id];
    if (status.state !== 'ready' || agent === undefined) return status;
    const container = this.#project.containerOf(layout, agent);
    if (listed.get(container)?.state === 'running') return status;
    return { ...status, state: 'unhealthy', problem: message('topology.compose.no_agent', { container }) };
  }
}
