import { randomUUID } from 'node:crypto';
import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type {
  ContainerDifference,
  ContainerHappening,
  Containers,
} from '../../../shared/contract/containers.ts';
import type { LogLine, LogSource, ServerStatus } from '../../../shared/contract/topology.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { DockerEngine } from '../../docker/engine.ts';
import type { InspectedContainer } from '../../docker/shapes.ts';
import { pause } from '../../operations/pause.ts';
import { DesiredState } from '../../processes/desired-state.ts';
import { ensureDirectory } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { withProgram, writeLayout, type Layout, type Ports } from '../layout.ts';
import type { LayoutChoices } from '../make-layout.ts';
import { portTaken, takenPorts, type TakenPort } from '../preflight.ts';
import { probe, type ProbeResult } from '../probes.ts';
import type { ServerId } from '../server-id.ts';
import type { InsideView, Topology } from '../topology.ts';
import {
  layoutOf,
  plannedText,
  writeAliases,
  writeComposeFiles,
  writeContainerOpenBaoConfig,
} from './compose-files.ts';
import type { ComposePaths } from './compose-paths.ts';
import { ComposeProject, type ProjectOptions } from './compose-project.ts';
import { ContainerAgents } from './container-agents.ts';
import { ContainerList } from './container-list.ts';
import { containerLogs } from './container-logs.ts';
import { untilContainerReady } from './container-ready.ts';
import { ContainerStatus } from './container-status.ts';
import { makeImage } from './images/make-image.ts';
import {
  imageNames,
  imagesOf,
  withDigest,
  type Image,
  type ImageName,
  type Images,
} from './images/pinned.ts';
import type { ContainerLayout } from './render.ts';
import {
  composeAgents,
  composeServers,
  identityLabel,
  partsOf,
  serviceOf,
  type ComposeServer,
} from './services.ts';
import { containerView } from './view.ts';

export interface ComposeOptions extends ProjectOptions {
  readonly images?: Images;
  /** Longest wait for a server to become ready, milliseconds. */
  readonly patienceMs?: number;
}

const isServer = (id: ServerId): id is ComposeServer => composeServers.some((server) => server === id);

/** States in which the ports of a container are its own. */
const holding: readonly string[] = ['running', 'paused', 'restarting'];

/** The servers of one installation as containers of this host's Docker engine. */
export class ComposeTopology implements Topology {
  readonly kind = 'compose';
  readonly servers = composeServers;
  readonly files: ComposePaths;
  readonly inside: InsideView;
  readonly sidecars: ContainerAgents;
  readonly #paths: WorkspacePaths;
  readonly #project: ComposeProject;
  readonly #status: ContainerStatus;
  readonly #list: ContainerList;
  readonly #desired: DesiredState;
  readonly #patienceMs: number;
  readonly #chosen: Images | undefined;

  constructor(paths: WorkspacePaths, options: ComposeOptions = {}) {
    this.#paths = paths;
    this.#project = new ComposeProject(paths, options);
    this.#desired = new DesiredState(paths.run);
    this.#status = new ContainerStatus(this.#project, paths, this.#desired);
    this.#list = new ContainerList(this.#project, this.#desired);
    this.#patienceMs = options.patienceMs ?? 120_000;
    this.files = this.#project.files;
    this.inside = containerView(paths);
    this.#chosen = options.images;
    this.sidecars = new ContainerAgents(this.#project);
  }

  /** Throws `docker_endpoint`. */
  get engine(): DockerEngine {
    return this.#project.engine;
  }

  /** What a new installation is made of. Throws `compose_image_version`. */
  get images(): Images {
    return this.#chosen ?? imagesOf();
  }

  readLayout(): Promise<ContainerLayout | undefined> {
    return this.#project.readLayout();
  }

  requireLayout(): Promise<ContainerLayout> {
    return this.#project.requireLayout();
  }

  /** Writes topology.json and the compose files. A second call keeps the identity of the first. */
  async createLayout(choices: LayoutChoices): Promise<Layout> {
    const kept = await this.readLayout();
    const { uid, gid } = await stat(this.#paths.secrets);
    const identity = kept?.compose.identity ?? randomUUID();
    const images = await this.#withDigests();
    const layout = layoutOf(choices, images, this.#paths, { identity, user: `${uid}:${gid}` });
    await this.#project.refuseForeign(layout.compose);
    await ensureDirectory(this.#paths.local, { mode: 0o700 });
    await writeLayout(this.files.layout, layout);
    await writeComposeFiles(this.files, layout);
    return layout;
  }

  /** The images as exactly as the engine knows them. */
  async #withDigests(): Promise<Images> {
    const pinned = await Promise.all(
      imageNames.map(async (name) => {
        return [name, await this.exactly(this.images[name])] as const;
      }),
    );
    return Object.fromEntries(pinned) as Record<ImageName, Image>;
  }

  async changePorts(change: Partial<Ports>): Promise<void> {
    const layout = await this.requireLayout();
    const next = { ...layout, ports: { ...layout.ports, ...change } };
    await writeLayout(this.files.layout, next);
    await writeComposeFiles(this.files, next);
  }

  async takenPorts(id: ServerId): Promise<readonly TakenPort[]> {
    if (!isServer(id) || holding.includes((await this.#found(id))?.state ?? '')) return [];
    const inner = ['openbaoCluster', 'resolver'];
    return (await takenPorts(id, await this.requireLayout())).filter(({ name }) => !inner.includes(name));
  }

  async writeOpenBaoConfig(): Promise<void> {
    await writeContainerOpenBaoConfig(this.files, await this.requireLayout());
  }

  /** Docker's own name server answers. */
  async writeResolverConfig(): Promise<void> {}

  /** The image makes the cluster at its first start, with the password of `.env`. */
  async initPostgres(password: string): Promise<void> {
    await writeComposeFiles(this.files, await this.requireLayout(), password);
  }

  async removeData(id: 'openbao' | 'postgres'): Promise<void> {
    await this.#project.remove(await this.#container(id));
    await this.#project.removeVolumes(
      id === 'openbao' ? ['openbao-data', 'openbao-audit'] : ['postgres-data'],
    );
  }

  /** Throws `compose_foreign` when containers, a network or volumes of this name are another installation's. */
  async refuseForeign(instance: string): Promise<void> {
    const identity = (await this.readLayout())?.compose.identity ?? '';
    await this.#project.refuseForeign({ instance, identity });
  }

  /** Throws `compose_no_plugin`, `compose_no_command`. */
  async pluginVersion(): Promise<string> {
    return (await this.#project.docker(['compose', 'version', '--short'])).trim();
  }

  async missingImages(): Promise<readonly ImageName[]> {
    const missing: ImageName[] = [];
    for (const name of imageNames)
      if (!(await this.engine.hasImage(this.images[name].path))) missing.push(name);
    return missing;
  }

  /** Pulls an image. Throws `compose_no_image` where no registry has it or answers. */
  async pull({ path }: Image, signal?: AbortSignal): Promise<void> {
    await this.#project.docker(['pull', '--quiet', path], signal);
  }

  /** The image by the digest by which a registry knows it, where one does. */
  async exactly(image: Image): Promise<Image> {
    return withDigest(image, (await this.engine.digestsOf(image.path)) ?? []);
  }

  /**
   * From its next start the server is of this image; the container of before is removed if it does not run, its volumes stay. Durable
   * when it returns.
   */
  async useProgram(id: keyof Layout['programs'], program: Image): Promise<void> {
    const next = withProgram(await this.requireLayout(), id, program);
    const container = await this.#container(id);
    await writeLayout(this.files.layout, next);
    await writeComposeFiles(this.files, { ...next, compose: (await this.requireLayout()).compose });
    const found = await this.#project.inspect(container);
    const stale = found !== undefined && !(await this.#project.isAsPlanned(serviceOf[id], container));
    // One that differs would not be started again by itself: for OpenBao that means a seal, which whoever stopped it has accepted.
    if (stale && !holding.includes(found.state)) await this.#project.remove(container);
  }

  /** Makes the image of the programs of this host. */
  async makeImage(name: ImageName, signal?: AbortSignal, image: Image = this.images[name]): Promise<void> {
    await makeImage(this.engine, name, image, signal);
  }

  /** The docker command itself. Throws `compose_command`, `compose_no_command`, `compose_no_image`, `cancelled`. */
  docker(args: readonly string[], signal?: AbortSignal): Promise<string> {
    return this.#project.docker(args, signal);
  }

  /** What a file of {@link createLayout} will hold, for the plan; undefined for what is only known then or is secret. */
  planned(path: string, choices: LayoutChoices): string | undefined {
    const own = { identity: 'made at set-up', user: 'uid:gid' };
    return plannedText(path, this.files, layoutOf(choices, this.images, this.#paths, own));
  }

  /** Removes containers and network; volumes stay. */
  removeNetwork(): Promise<void> {
    return this.#project.down({ volumes: false });
  }

  /** Removes containers, network and volumes, and what they hold: for an installation that is itself thrown away. */
  discard(): Promise<void> {
    return this.#project.down({ volumes: true });
  }

  async #container(id: ComposeServer): Promise<string> {
    return this.#project.containerOf(await this.requireLayout(), id);
  }

  async #found(id: ServerId): Promise<InspectedContainer | undefined> {
    const layout = await this.readLayout();
    if (layout === undefined || !isServer(id)) return undefined;
    return this.#project.inspect(this.#project.containerOf(layout, id));
  }

  async startServer(id: ServerId, signal?: AbortSignal): Promise<void> {
    if (!isServer(id)) return;
    const [taken] = await this.takenPorts(id);
    if (taken !== undefined) throw portTaken(id, taken);
    await this.#project.bringUp(serviceOf[id], await this.#container(id), signal);
    await untilContainerReady(this.#project, this.#paths, id, this.#patienceMs, signal);
    await this.#desired.set(id, 'running');
  }

  async settle(signal?: AbortSignal): Promise<void> {
    if ((await this.readLayout()) === undefined) return;
    const deadline = Date.now() + 15_000;
    while (Date.now() < deadline && signal?.aborted !== true) {
      const { state, serving } = await this.probe('openbao');
      if (serving === true || state === 'sealed') return;
      await pause(100, signal);
    }
  }

  async stopServer(id: ServerId): Promise<void> {
    if (!isServer(id) || (await this.readLayout()) === undefined) return;
    await this.#desired.set(id, 'stopped');
    await this.#project.stop(await this.#container(id), id === 'postgres' ? 30 : 15);
  }

  /** The same container again; it is not recreated. */
  async restartServer(id: ServerId, signal?: AbortSignal): Promise<void> {
    await this.stopServer(id);
    await this.startServer(id, signal);
  }

  async reloadServer(id: ServerId): Promise<boolean> {
    const layout = await this.requireLayout();
    if (!isServer(id) || !(await this.isRunning(id))) return false;
    await this.#project.refuseForeign(layout.compose);
    await this.engine.signal(this.#project.containerOf(layout, id), 'HUP');
    return true;
  }

  async probe(id: ServerId): Promise<ProbeResult> {
    return probe(id, await this.requireLayout(), this.#paths);
  }

  async isRunning(id: ServerId): Promise<boolean> {
    return (await this.#found(id))?.state === 'running';
  }

  async isReady(id: ServerId): Promise<boolean> {
    return (await this.isRunning(id)) && ['ready', 'sealed'].includes((await this.probe(id)).state);
  }

  async anyRunning(): Promise<boolean> {
    const layout = await this.readLayout();
    if (layout === undefined) return false;
    return [...(await this.#project.list(layout)).values()].some(({ state }) => state === 'running');
  }

  async startAll(signal?: AbortSignal): Promise<void> {
    for (const id of composeServers) await this.startServer(id, signal);
    await this.sidecars.start(signal);
  }

  async stopAll(): Promise<void> {
    if ((await this.readLayout()) === undefined) return;
    await this.sidecars.stop();
    for (const id of [...composeServers].reverse()) await this.stopServer(id);
  }

  /** The aliases stand in an override, so that a recreated responder has them again; OpenBao and step-ca are not touched. */
  async publishNames(names: readonly string[]): Promise<void> {
    const wanted = [...new Set(names)];
    const before = (await this.#found('responder'))?.networks ?? {};
    const known = new Set(Object.values(before).flatMap(({ aliases }) => aliases));
    await writeAliases(this.files, wanted);
    if (wanted.every((name) => known.has(name))) return;
    await this.startServer('responder');
    for (const name of wanted)
      if ((await this.addressesOf(name)).length === 0) throw new ConsoleError('compose_no_alias', { name });
  }

  /** Its published port on loopback, if the responder has the name in the network of the CA. */
  async addressesOf(name: string): Promise<readonly string[]> {
    const networks = (await this.#found('responder'))?.networks ?? {};
    const known = Object.values(networks).some(({ aliases }) => aliases.includes(name));
    return known ? ['127.0.0.1'] : [];
  }

  /** Everything that the window shows of the containers. */
  containers(): Promise<Containers> {
    return this.#list.now();
  }

  /** Where the containers are not what the files say now. */
  differences(): Promise<readonly ContainerDifference[]> {
    return this.#project.differences();
  }

  /** What a start of these servers would make anew, with its settings; nothing that is not there yet. */
  async changes(ids: readonly ServerId[]): Promise<readonly ContainerDifference[]> {
    if ((await this.readLayout()) === undefined) return [];
    const found = await this.differences();
    return found.filter(
      ({ server, missing, fields }) =>
        !missing &&
        (server === undefined ? ids.length === composeServers.length : ids.includes(server)) &&
        // A policy is changed on the running container.
        fields.some(({ field }) => field !== 'restart'),
    );
  }

  /** Makes one container anew from the files and waits until its server answers. OpenBao is sealed then. */
  async recreate(service: string, signal?: AbortSignal): Promise<void> {
    const layout = await this.requireLayout();
    const part = partsOf(layout.compose.instance).find((each) => each.service === service);
    if (part === undefined) throw new ConsoleError('docker_not_found', { name: service });
    await this.#project.recreate(service, signal);
    if (part.server === undefined) return;
    await untilContainerReady(this.#project, this.#paths, part.server, this.#patienceMs, signal);
    await this.#desired.set(part.server, 'running');
  }

  /** Whether a service has a container that was made from what the files say now. */
  async isAsPlanned(service: string): Promise<boolean> {
    const { compose } = await this.requireLayout();
    const part = partsOf(compose.instance).find((each) => each.service === service);
    return part !== undefined && this.#project.isAsPlanned(service, part.container);
  }

  /** The restart policy of a container of this installation; undefined where it has none of that name. */
  async ownPolicy(container: string): Promise<string | undefined> {
    const layout = await this.requireLayout();
    if (!(await this.#project.list(layout)).has(container)) return undefined;
    const policy = (await this.#project.inspect(container))?.restartPolicy;
    return policy === '' ? 'no' : policy;
  }

  /** Throws `docker_not_found` for a container of another installation. */
  async setPolicy(container: string, policy: 'unless-stopped' | 'no'): Promise<void> {
    if ((await this.ownPolicy(container)) === undefined)
      throw new ConsoleError('docker_not_found', { name: container });
    await this.engine.setRestartPolicy(container, policy);
  }

  /** What happened to the containers since a time, then what happens to them. Ends with the signal, or with the engine as an error. */
  async *events(since: number | undefined, signal: AbortSignal): AsyncIterable<ContainerHappening> {
    const { compose } = await this.requireLayout();
    const labels = [`${identityLabel}=${compose.identity}`];
    for await (const { name, action, at } of this.engine.events(labels, signal, since))
      yield { at, container: name, action };
  }

  /** Volumes lie on this host where the engine is this host's and the console may look there. */
  async hostPath(id: ServerId, path: string): Promise<string | undefined> {
    const mounts = (await this.#found(id))?.mounts ?? [];
    const found = mounts.find(({ target }) => path.startsWith(`${target}/`));
    if (found === undefined) return undefined;
    const there = join(found.source, path.slice(found.target.length));
    return access(dirname(there)).then(
      () => there,
      () => undefined,
    );
  }

  statuses(): Promise<ServerStatus[]> {
    return this.#status.now();
  }

  async *watch(signal: AbortSignal, pollMs = 2_000): AsyncIterable<ServerStatus[]> {
    let last = '';
    while (!signal.aborted) {
      const now = await this.statuses();
      const text = JSON.stringify(now);
      if (text !== last) yield now;
      last = text;
      await pause(pollMs, signal);
    }
  }

  async *logs(
    options: { readonly server?: LogSource; readonly lines: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<LogLine> {
    const layout = await this.requireLayout();
    const sources = [...composeServers, ...composeAgents];
    const chosen = sources.filter((id) => options.server === undefined || options.server === id);
    const containers = new Map(chosen.map((id) => [id, this.#project.containerOf(layout, id)]));
    yield* containerLogs(this.engine, containers, options, signal);
  }

  /** The engine starts containers again by itself (restart policy). */
  supervise(): void {}

  async close(): Promise<void> {}
}
