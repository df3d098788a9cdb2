import type { Containers, ContainerView } from '../../../shared/contract/containers.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { ContainerUse } from '../../docker/engine.ts';
import type { Container, InspectedContainer } from '../../docker/shapes.ts';
import type { DesiredState } from '../../processes/desired-state.ts';
import { startsAtBoot } from '../../systemd/boot.ts';
import type { ComposeProject } from './compose-project.ts';
import { comingBack, containerProblem } from './container-problem.ts';
import { problemAndNext } from './engine-problem.ts';
import type { ContainerLayout } from './render.ts';
import { partsOf, type ComposePart } from './services.ts';

const serviceLabel = 'com.docker.compose.service';

/** How exactly a reference names an image. A name without a tag is `latest`. */
export function pinOf(image: string): ContainerView['pinned'] {
  if (image.includes('@sha256:')) return 'digest';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' || !/\d/.test(tag) ? 'floating' : 'version';
}

const portOf = ({ host = '', published, port, protocol }: Container['ports'][number]): string =>
  published === undefined ? `${port}/${protocol}` : `${host}:${published} → ${port}/${protocol}`;

/** Everything that the window shows of the containers of one installation. */
export class ContainerList {
  readonly #project: ComposeProject;
  readonly #desired: DesiredState;
  readonly #uses = new Map<string, ContainerUse>();
  readonly #digests = new Map<string, string | undefined>();

  constructor(project: ComposeProject, desired: DesiredState) {
    this.#project = project;
    this.#desired = desired;
  }

  /** An engine that does not answer is part of the picture, not its end. */
  async now(): Promise<Containers> {
    const layout = await this.#project.readLayout();
    if (layout === undefined) return { boot: 'unknown', containers: [] };
    const boot = await startsAtBoot('docker.service');
    try {
      const engine = await this.#project.engine.version();
      const listed = await this.#project.list(layout);
      const parts = partsOf(layout.compose.instance);
      const known = new Set(parts.map(({ container }) => container));
      // Prometheus, for example: it carries our label and is none of the servers.
      const others = [...listed.values()].filter(({ name }) => !known.has(name));
      const containers = await Promise.all([
        ...parts.map((part) => this.#one(part, listed.get(part.container), layout)),
        ...others.map((found) =>
          this.#one({ container: found.name, service: found.labels[serviceLabel] ?? '' }, found, layout),
        ),
      ]);
      return { engine: { version: engine.engine, api: engine.api }, boot, containers };
    } catch (error) {
      if (!isConsoleError(error)) throw error;
      return { boot, containers: [], problem: problemAndNext(error) };
    }
  }

  async #one(
    part: ComposePart,
    listed: Container | undefined,
    layout: ContainerLayout,
  ): Promise<ContainerView> {
    const found = listed && (await this.#project.inspect(listed.id));
    if (listed === undefined || found === undefined) return missing(part, layout);
    const wanted = part.server === undefined || (await this.#desired.of(part.server)) === 'running';
    const problem = containerProblem(found, wanted, Date.now());
    const digest = await this.#digest(found.imageId);
    return {
      name: found.name,
      service: part.service,
      ...(part.server === undefined ? {} : { server: part.server }),
      id: found.id.slice(0, 12),
      state: found.state,
      ...(found.health === undefined ? {} : { health: found.health }),
      image: found.image,
      imageId: found.imageId,
      ...(digest === undefined ? {} : { digest }),
      pinned: pinOf(found.image),
      ...(found.state === 'exited' || found.state === 'dead'
        ? { exitCode: found.exitCode }
        : { startedAt: found.startedAt }),
      restarts: found.restarts,
      restartPolicy: found.restartPolicy === '' ? 'no' : found.restartPolicy,
      comesBack: comingBack.includes(found.restartPolicy),
      ports: [...new Set(listed.ports.map(portOf))],
      ...(await this.#use(found)),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async #digest(imageId: string): Promise<string | undefined> {
    if (!this.#digests.has(imageId))
      this.#digests.set(imageId, (await this.#project.engine.digestsOf(imageId))?.[0]?.split('@')[1]);
    return this.#digests.get(imageId);
  }

  async #use({ id, state }: InspectedContainer): Promise<Partial<ContainerView>> {
    if (state !== 'running') {
      this.#uses.delete(id);
      return {};
    }
    try {
      const use = await this.#project.engine.use(id, this.#uses.get(id));
      this.#uses.set(id, use);
      const { cores, memoryBytes, memoryLimit } = use;
      // Nothing is used by what the engine has not counted yet.
      if (memoryBytes === 0) return {};
      return { ...(cores === undefined ? {} : { cores }), memoryBytes, memoryLimit };
    } catch (error) {
      // It ended between two questions; the next picture says so.
      if (isConsoleError(error, 'docker_not_found') || isConsoleError(error, 'docker_refused')) return {};
      throw error;
    }
  }
}

function missing(
  { container, service, server, imageOf }: ComposePart,
  layout: ContainerLayout,
): ContainerView {
  const image = imageOf?.(layout) ?? '';
  return {
    name: container,
    service,
    ...(server === undefined ? {} : { server }),
    state: 'missing',
    image,
    pinned: pinOf(image),
    restarts: 0,
    comesBack: false,
    ports: [],
    problem: message('topology.container.missing', { container }),
  };
}
