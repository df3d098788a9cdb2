import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogLine, ServerStatus } from '../../../shared/contract/topology.ts';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { DockerEngine } from '../../docker/engine.ts';
import { socketOf } from '../../docker/endpoint.ts';
import type { InspectedContainer } from '../../docker/shapes.ts';
import { serverConfig } from '../../openbao/config.ts';
import { pause } from '../../operations/pause.ts';
import { noRestarts } from '../../processes/backoff.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { readLayout, writeLayout, type ComposeLayout, type Layout, type Ports } from '../layout.ts';
import { parseLine, redact } from '../log-lines.ts';
import type { LayoutChoices } from '../make-layout.ts';
import { portTaken, takenPorts, type TakenPort } from '../preflight.ts';
import { probe, type ProbeResult } from '../probes.ts';
import { serverTitles, type ServerId } from '../server-id.ts';
import { statusOf } from '../status.ts';
import type { InsideView, Topology } from '../topology.ts';
import { ComposePaths } from './compose-paths.ts';
import { dockerCommand, type DockerCommand } from './docker-command.ts';
import { makeImage } from './images/make-image.ts';
import { imageNames, pinnedImages, type Image, type ImageName, type Images } from './images/pinned.ts';
import { refuseForeign } from './ownership.ts';
import {
  renderAgentOverride,
  renderComposeFile,
  renderEnv,
  renderResponderOverride,
  type ContainerLayout,
} from './render.ts';
import { composeAgents, composeServers, serviceOf, suffixOf, type ComposeServer } from './services.ts';
import { containerView } from './view.ts';

export interface ComposeOptions {
  readonly engine?: DockerEngine;
  readonly command?: DockerCommand;
  readonly images?: Images;
  /** Longest wait for a server to become ready, milliseconds. */
  readonly patienceMs?: number;
}

const isServer = (id: ServerId): id is ComposeServer => composeServers.some((server) => server === id);

/** The servers of one installation as containers of this host's Docker engine. */
export class ComposeTopology implements Topology {
  readonly kind = 'compose';
  readonly servers = composeServers;
  readonly files: ComposePaths;
  readonly inside: InsideView;
  readonly images: Images;
  readonly #paths: WorkspacePaths;
  readonly #options: ComposeOptions;
  #engine: DockerEngine | undefined;
  readonly #command: DockerCommand;

  constructor(paths: WorkspacePaths, options: ComposeOptions = {}) {
    this.#paths = paths;
    this.#options = options;
    this.files = new ComposePaths(paths);
    this.inside = containerView(paths);
    this.images = options.images ?? pinnedImages;
    this.#command = options.command ?? dockerCommand();
  }

  /** Throws `docker_endpoint`. */
  get engine(): DockerEngine {
    this.#engine ??= this.#options.engine ?? new DockerEngine(socketOf(process.env));
    return this.#engine;
  }

  async readLayout(): Promise<ContainerLayout | undefined> {
    const layout = await readLayout(this.files.layout);
    return layout?.compose === undefined ? undefined : { ...layout, compose: layout.compose };
  }

  async requireLayout(): Promise<ContainerLayout> {
    const layout = await this.readLayout();
    if (layout === undefined) throw new ConsoleError('topology_none', { path: this.#paths.root });
    return layout;
  }

  /** Writes topology.json; the compose files follow with {@link writeFiles}. A second call keeps the identity of the first. */
  async createLayout(choices: LayoutChoices): Promise<Layout> {
    const kept = await this.readLayout();
    const { uid, gid } = await stat(this.#paths.secrets);
    const identity = kept?.compose.identity ?? randomUUID();
    const layout = this.#layoutOf(choices, { identity, user: `${uid}:${gid}` });
    await refuseForeign(this.#command, this.engine, layout);
    await ensureDirectory(this.#paths.local, { mode: 0o700 });
    await writeLayout(this.files.layout, layout);
    await this.writeFiles();
    return layout;
  }

  async changePorts(change: Partial<Ports>): Promise<void> {
    const layout = await this.requireLayout();
    await writeLayout(this.files.layout, { ...layout, ports: { ...layout.ports, ...change } });
    await this.writeFiles();
  }

  /** The compose file, its overrides and `.env`, from the layout. A password that `.env` holds stays. */
  async writeFiles(password?: string): Promise<void> {
    const layout = await this.requireLayout();
    const env = await readTextFileIfPresent(this.files.env);
    const kept = /^POSTGRES_PASSWORD=(.*)$/m.exec(env ?? '')?.[1] ?? '';
    const written: readonly (readonly [string, string])[] = [
      [this.files.composeFile, renderComposeFile(layout)],
      [this.files.agentOverride, renderAgentOverride(layout)],
      [this.files.env, renderEnv(layout, password ?? kept)],
    ];
    for (const [path, text] of written) {
      await ensureDirectory(dirname(path), { mode: 0o700 });
      await writeFileAtomic(path, text, { mode: 0o600 });
    }
    if ((await readTextFileIfPresent(this.files.responderOverride)) === undefined)
      await this.#writeAliases([]);
  }

  async #writeAliases(names: readonly string[]): Promise<void> {
    await ensureDirectory(dirname(this.files.responderOverride), { mode: 0o700 });
    await writeFileAtomic(this.files.responderOverride, renderResponderOverride(names), { mode: 0o600 });
  }

  async takenPorts(id: ServerId): Promise<readonly TakenPort[]> {
    if (!isServer(id) || (await this.isRunning(id))) return [];
    const inner = ['openbaoCluster', 'resolver'];
    return (await takenPorts(id, await this.requireLayout())).filter(({ name }) => !inner.includes(name));
  }

  /** The Raft node that the container is; its address inside never changes. */
  async writeOpenBaoConfig(): Promise<void> {
    const text = serverConfig({
      dataDir: '/openbao/file',
      nodeId: 'bootroot-compose',
      listen: '0.0.0.0:8200',
      clusterListen: '0.0.0.0:8201',
      apiUrl: 'http://openbao:8200',
      audit: [{ name: 'file', file: '/openbao/audit/audit.log' }],
    }).replace('https://0.0.0.0:8201', 'https://openbao:8201');
    await ensureDirectory(dirname(this.files.openbaoConfig), { mode: 0o755 });
    // No secret is in it, and the server's own user has to read it.
    await writeFileAtomic(this.files.openbaoConfig, text, { mode: 0o644 });
  }

  /** Docker's own name server answers. */
  async writeResolverConfig(): Promise<void> {}

  /** The image makes the cluster at its first start, with the password of `.env`. */
  async initPostgres(password: string): Promise<void> {
    await this.writeFiles(password);
  }

  async removeData(id: 'openbao' | 'postgres'): Promise<void> {
    const layout = await this.requireLayout();
    await refuseForeign(this.#command, this.engine, layout);
    await this.#command.run(['rm', '-f', this.#container(layout, id)]).catch(() => '');
    const volumes = id === 'openbao' ? ['openbao-data', 'openbao-audit'] : ['postgres-data'];
    for (const volume of volumes)
      await this.#command.run(['volume', 'rm', '-f', `${layout.compose.instance}_${volume}`]);
  }

  /** Throws `compose_no_plugin`, `compose_no_command`. */
  async pluginVersion(): Promise<string> {
    return (await this.#command.run(['compose', 'version', '--short'])).trim();
  }

  async missingImages(): Promise<readonly ImageName[]> {
    const missing: ImageName[] = [];
    for (const name of imageNames)
      if (!(await this.engine.hasImage(this.images[name].path))) missing.push(name);
    return missing;
  }

  /** Pulls an image. Throws `compose_no_image` where no registry has it or answers. */
  async pull({ path }: Image, signal?: AbortSignal): Promise<void> {
    await this.#command.run(['pull', '--quiet', path], signal);
  }

  /** Makes the image of the programs of this host. */
  async makeImage(name: ImageName, signal?: AbortSignal): Promise<void> {
    await makeImage(this.engine, name, this.images[name], signal);
  }

  /** What a file of {@link createLayout} will hold, for the plan; undefined for what is only known then or is secret. */
  planned(path: string, choices: LayoutChoices): string | undefined {
    const layout = this.#layoutOf(choices, { identity: 'made at set-up', user: 'uid:gid' });
    if (path === this.files.composeFile) return renderComposeFile(layout);
    if (path === this.files.agentOverride) return renderAgentOverride(layout);
    if (path === this.files.env) return renderEnv(layout, '…');
    return path === this.files.responderOverride ? renderResponderOverride([]) : undefined;
  }

  #layoutOf(choices: LayoutChoices, own: Pick<ComposeLayout, 'identity' | 'user'>): ContainerLayout {
    const { images } = this;
    return {
      version: 1,
      ports: choices.ports,
      leafHours: choices.leafHours,
      programs: { openbao: images.openbao, postgres: images.postgres, 'step-ca': images['step-ca'] },
      postgres: { home: this.#paths.local, superuser: 'postgres' },
      compose: { ...own, instance: choices.instance ?? 'bootroot', responderImage: images.responder.path },
    };
  }

  async removeAgents(): Promise<void> {
    const layout = await this.requireLayout();
    await refuseForeign(this.#command, this.engine, layout);
    for (const agent of composeAgents)
      if ((await this.#inspect(this.#container(layout, agent))) !== undefined)
        await this.#command.run(['rm', '-f', this.#container(layout, agent)]);
  }

  /** Removes what is left of the project when its servers are gone: containers, the network; volumes only if asked elsewhere. */
  async removeNetwork(): Promise<void> {
    const layout = await this.readLayout();
    if (layout === undefined) return;
    await refuseForeign(this.#command, this.engine, layout);
    await this.#compose(['down', '--remove-orphans']);
  }

  /** Removes containers, network and volumes, and what they hold: for an installation that is itself thrown away. */
  async discard(): Promise<void> {
    const layout = await this.readLayout();
    if (layout === undefined) return;
    await refuseForeign(this.#command, this.engine, layout);
    await this.#compose(['down', '--volumes', '--remove-orphans', '--timeout', '15']);
  }

  #container(layout: ContainerLayout, id: ComposeServer | (typeof composeAgents)[number]): string {
    return `${layout.compose.instance}-${suffixOf[id]}`;
  }

  async #inspect(name: string): Promise<InspectedContainer | undefined> {
    try {
      return await this.engine.inspect(name);
    } catch (error) {
      if (isConsoleError(error, 'docker_not_found')) return undefined;
      throw error;
    }
  }

  /** Compose on all files of this installation, as one project whatever the shell says. */
  async #compose(args: readonly string[], signal?: AbortSignal): Promise<string> {
    const { compose } = await this.requireLayout();
    const { composeFile, agentOverride, responderOverride, env } = this.files;
    const files = [composeFile, agentOverride, responderOverride].flatMap((file) => ['-f', file]);
    const all = [
      'compose',
      '-p',
      compose.instance,
      '--project-directory',
      this.#paths.root,
      '--env-file',
      env,
    ];
    return this.#command.run([...all, ...files, ...args], signal);
  }

  /** Whether the container was made from what the files say now. */
  async #asPlanned(service: string, container: InspectedContainer): Promise<boolean> {
    const [, hash] = (await this.#compose(['config', '--hash', service])).trim().split(/\s+/);
    return container.labels['com.docker.compose.config-hash'] === hash;
  }

  /**
   * One service and nothing that it depends on. An OpenBao whose container differs from the files is never recreated on the way:
   * it would come back sealed (failure mode C11).
   */
  async #bringUp(service: string, container: string, signal?: AbortSignal): Promise<void> {
    const layout = await this.requireLayout();
    await refuseForeign(this.#command, this.engine, layout);
    const found = await this.#inspect(container);
    if (found !== undefined && !(await this.#asPlanned(service, found))) {
      if (service === 'openbao') throw new ConsoleError('compose_would_recreate', { container });
    } else if (found !== undefined) {
      if (found.state !== 'running') await this.engine.start(container);
      return;
    }
    await this.#compose(['up', '-d', '--no-deps', '--no-build', '--pull', 'missing', service], signal);
  }

  async startServer(id: ServerId, signal?: AbortSignal): Promise<void> {
    if (!isServer(id)) return;
    const [taken] = await this.takenPorts(id);
    if (taken !== undefined) throw portTaken(id, taken);
    const layout = await this.requireLayout();
    const container = this.#container(layout, id);
    await this.#bringUp(serviceOf[id], container, signal);
    await this.#untilReady(id, container, signal);
  }

  async #untilReady(id: ComposeServer, container: string, signal?: AbortSignal): Promise<void> {
    const layout = await this.requireLayout();
    const patienceMs = this.#options.patienceMs ?? 120_000;
    const deadline = Date.now() + patienceMs;
    for (;;) {
      if (signal?.aborted === true) throw new ConsoleError('cancelled');
      const { state } = await probe(id, layout, this.#paths, true);
      if (state === 'ready' || state === 'sealed') return;
      const now = await this.#inspect(container);
      const ended = now === undefined || now.state === 'exited' || now.restarts > 3;
      if (ended || Date.now() > deadline) {
        const seconds = Math.round(patienceMs / 1000);
        const options = { detail: (await this.#lastLines(container, 15)).join('\n') };
        throw ended
          ? new ConsoleError('compose_ended', { container, code: now?.exitCode ?? -1 }, options)
          : new ConsoleError('topology_not_ready', { server: serverTitles[id], seconds }, options);
      }
      await pause(200, signal);
    }
  }

  async #lastLines(container: string, tail: number): Promise<string[]> {
    const lines: string[] = [];
    try {
      for await (const { text } of this.engine.logs(container, { tail })) lines.push(redact(text));
    } catch (error) {
      if (!isConsoleError(error)) throw error;
    }
    return lines;
  }

  /** The agents that keep step-ca's and the responder's files as OpenBao has them. */
  async startAgents(signal?: AbortSignal): Promise<void> {
    const layout = await this.requireLayout();
    for (const agent of composeAgents) await this.#bringUp(agent, this.#container(layout, agent), signal);
  }

  async agentsRunning(): Promise<boolean> {
    const layout = await this.requireLayout();
    for (const agent of composeAgents)
      if ((await this.#inspect(this.#container(layout, agent)))?.state !== 'running') return false;
    return true;
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
    const layout = await this.readLayout();
    if (layout === undefined || !isServer(id)) return;
    const container = this.#container(layout, id);
    if ((await this.#inspect(container)) === undefined) return;
    await refuseForeign(this.#command, this.engine, layout);
    await this.engine.stop(container, id === 'postgres' ? 30 : 15);
  }

  /** The same container again; it is not recreated. */
  async restartServer(id: ServerId, signal?: AbortSignal): Promise<void> {
    await this.stopServer(id);
    await this.startServer(id, signal);
  }

  async reloadServer(id: ServerId): Promise<boolean> {
    const layout = await this.requireLayout();
    if (!isServer(id) || !(await this.isRunning(id))) return false;
    await this.engine.signal(this.#container(layout, id), 'HUP');
    return true;
  }

  async probe(id: ServerId): Promise<ProbeResult> {
    return probe(id, await this.requireLayout(), this.#paths);
  }

  async #found(id: ServerId): Promise<InspectedContainer | undefined> {
    const layout = await this.readLayout();
    return layout === undefined || !isServer(id) ? undefined : this.#inspect(this.#container(layout, id));
  }

  async isRunning(id: ServerId): Promise<boolean> {
    return (await this.#found(id))?.state === 'running';
  }

  async isReady(id: ServerId): Promise<boolean> {
    return (await this.isRunning(id)) && ['ready', 'sealed'].includes((await this.probe(id)).state);
  }

  async anyRunning(): Promise<boolean> {
    for (const id of composeServers) if (await this.isRunning(id)) return true;
    return false;
  }

  async startAll(signal?: AbortSignal): Promise<void> {
    for (const id of composeServers) await this.startServer(id, signal);
    await this.startAgents(signal);
  }

  async stopAll(): Promise<void> {
    const layout = await this.readLayout();
    if (layout === undefined) return;
    for (const agent of composeAgents)
      if ((await this.#inspect(this.#container(layout, agent))) !== undefined)
        await this.engine.stop(this.#container(layout, agent), 5);
    for (const id of [...composeServers].reverse()) await this.stopServer(id);
  }

  /** The aliases stand in an override, so that a recreated responder has them again; OpenBao and step-ca are not touched. */
  async publishNames(names: readonly string[]): Promise<void> {
    const wanted = [...new Set(names)];
    const missing = [];
    for (const name of wanted) if ((await this.addressesOf(name)).length === 0) missing.push(name);
    await this.#writeAliases(wanted);
    if (missing.length === 0) return;
    await this.startServer('responder');
    for (const name of missing)
      if ((await this.addressesOf(name)).length === 0) throw new ConsoleError('compose_no_alias', { name });
  }

  /** Its published port on loopback, if the responder has the name in the network of the CA. */
  async addressesOf(name: string): Promise<readonly string[]> {
    const networks = (await this.#found('responder'))?.networks ?? {};
    const known = Object.values(networks).some(({ aliases }) => aliases.includes(name));
    return known ? ['127.0.0.1'] : [];
  }

  async statuses(): Promise<ServerStatus[]> {
    const layout = await this.readLayout();
    if (layout === undefined) return [];
    return Promise.all(
      composeServers.map(async (id) => {
        const found = await this.#found(id);
        const running =
          found?.state === 'running' ? { pid: found.pid, startedAt: found.startedAt } : undefined;
        const status = statusOf({
          id,
          layout,
          running,
          answer: running === undefined ? undefined : await probe(id, layout, this.#paths),
          desired: found?.state === 'restarting' ? 'running' : 'stopped',
          history: { ...noRestarts, restarts: found?.restarts ?? 0 },
          now: Date.now(),
        });
        if (!['unhealthy', 'restarting', 'failed'].includes(status.state) || found === undefined)
          return status;
        const [line] = await this.#lastLines(found.name, 1);
        return line === undefined ? status : { ...status, lastLine: line };
      }),
    );
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
    options: { readonly server?: ServerId; readonly lines: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<LogLine> {
    const ids = composeServers.filter((id) => options.server === undefined || options.server === id);
    const layout = await this.requireLayout();
    const last: LogLine[] = [];
    for (const id of ids)
      for (const line of await this.#lastLines(this.#container(layout, id), options.lines))
        last.push(parseLine(id, line));
    yield* last.slice(-options.lines);
    const [only] = ids;
    if (!options.follow || only === undefined) return;
    // One container is followed; several are told apart in the list of containers.
    const container = this.#container(layout, only);
    for await (const { text } of this.engine.logs(container, { tail: 0, follow: true, signal }))
      yield parseLine(only, redact(text));
  }

  /** The engine starts containers again by itself (restart policy). */
  supervise(): void {}

  async close(): Promise<void> {}
}
