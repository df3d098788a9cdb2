import type { ContainerDifference } from '../../../shared/contract/containers.ts';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { engineEnvironment } from '../../docker/chosen-engine.ts';
import { engineHere, type DockerEngine } from '../../docker/engine.ts';
import type { Container, InspectedContainer } from '../../docker/shapes.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { readLayout, type ComposeLayout } from '../layout.ts';
import { ComposePaths } from './compose-paths.ts';
import { comingBack } from './container-problem.ts';
import { differencesOf } from './differences.ts';
import { dockerCommand, type DockerCommand } from './docker-command.ts';
import { refuseForeign } from './ownership.ts';
import { parseProject } from './planned.ts';
import type { ContainerLayout } from './render.ts';
import { identityLabel, partsOf, suffixOf, type ComposeAgent, type ComposeServer } from './services.ts';

export interface ProjectOptions {
  readonly engine?: DockerEngine;
  readonly command?: DockerCommand;
}

/** What compose made a container from. */
const hashLabel = 'com.docker.compose.config-hash';

/** The containers, network and volumes of one installation, through the engine and the compose command. */
export class ComposeProject {
  readonly files: ComposePaths;
  readonly #paths: WorkspacePaths;
  readonly #command: DockerCommand;
  readonly #given: DockerEngine | undefined;
  #engine: { readonly engine: DockerEngine; readonly said: string } | undefined;

  constructor(paths: WorkspacePaths, options: ProjectOptions = {}) {
    this.#paths = paths;
    this.files = new ComposePaths(paths);
    this.#command = options.command ?? dockerCommand();
    this.#given = options.engine;
  }

  /** Throws `docker_endpoint`. */
  get engine(): DockerEngine {
    if (this.#given !== undefined) return this.#given;
    const { DOCKER_HOST: host, DOCKER_CERT_PATH: certificates } = engineEnvironment();
    const said = `${host ?? ''} ${certificates ?? ''}`;
    // The same one as before, unless another was chosen.
    if (this.#engine?.said !== said) this.#engine = { engine: engineHere(), said };
    return this.#engine.engine;
  }

  /** The docker command itself. Throws `compose_command`, `compose_no_command`, `compose_no_image`, `cancelled`. */
  docker(args: readonly string[], signal?: AbortSignal): Promise<string> {
    return this.#command.run(args, signal);
  }

  /** Undefined when the servers of this installation are no containers. Throws `topology_layout`. */
  async readLayout(): Promise<ContainerLayout | undefined> {
    const layout = await readLayout(this.files.layout);
    return layout?.compose === undefined ? undefined : { ...layout, compose: layout.compose };
  }

  /** Throws `topology_none`. */
  async requireLayout(): Promise<ContainerLayout> {
    const layout = await this.readLayout();
    if (layout === undefined) throw new ConsoleError('topology_none', { path: this.#paths.root });
    return layout;
  }

  /** Throws `compose_foreign` when a container, network or volume of this name is another installation's (failure mode C10). */
  refuseForeign(own: Pick<ComposeLayout, 'instance' | 'identity'>): Promise<void> {
    return refuseForeign(this.#command, this.engine, own);
  }

  containerOf({ compose }: ContainerLayout, id: ComposeServer | ComposeAgent): string {
    return `${compose.instance}-${suffixOf[id]}`;
  }

  /** The containers of this installation by name, with one call; another's of the same name are not among them. */
  async list({ compose }: ContainerLayout): Promise<ReadonlyMap<string, Container>> {
    const found = await this.engine.containers([`${identityLabel}=${compose.identity}`]);
    return new Map(found.map((container) => [container.name, container]));
  }

  async inspect(name: string): Promise<InspectedContainer | undefined> {
    try {
      return await this.engine.inspect(name);
    } catch (error) {
      if (isConsoleError(error, 'docker_not_found')) return undefined;
      throw error;
    }
  }

  /** Compose on all files of this installation, as one project whatever the shell says. */
  async compose(args: readonly string[], signal?: AbortSignal): Promise<string> {
    const { compose } = await this.requireLayout();
    const { composeFile, agentOverride, responderOverride, env } = this.files;
    const files = [composeFile, agentOverride, responderOverride].flatMap((file) => ['-f', file]);
    const project = ['-p', compose.instance, '--project-directory', this.#paths.root, '--env-file', env];
    return this.docker(['compose', ...project, ...files, ...args], signal);
  }

  /** Whether the container was made from what the files say now. */
  async #asPlanned(service: string, container: InspectedContainer): Promise<boolean> {
    const [, hash] = (await this.compose(['config', '--hash', service])).trim().split(/\s+/);
    return container.labels[hashLabel] === hash;
  }

  /**
   * Where the containers are not what the files say now, those that are not there yet among them. Two commands for all of them.
   * @throws those of {@link docker}, `docker_*`
   */
  async differences(): Promise<readonly ContainerDifference[]> {
    const { compose } = await this.requireLayout();
    const project = parseProject(await this.compose(['config', '--format', 'json']));
    const hashes = new Map(
      (await this.compose(['config', '--hash', '*']))
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/) as [string, string]),
    );
    const found: ContainerDifference[] = [];
    for (const { container, service, server } of partsOf(compose.instance)) {
      const planned = project.services[service];
      if (planned === undefined) continue;
      const about = { name: container, service, ...(server === undefined ? {} : { server }) };
      if ((await this.inspect(container)) === undefined) {
        found.push({ ...about, missing: true, fields: [] });
        continue;
      }
      const running = await this.engine.settings(container);
      const sameHash = running.Config.Labels?.[hashLabel] === hashes.get(service);
      const fields = differencesOf(planned, running, project, sameHash);
      if (fields.length > 0) found.push({ ...about, missing: false, fields: [...fields] });
    }
    return found;
  }

  /** Makes the container of a service anew from the files; what it held in volumes stays. For OpenBao that is a seal. */
  async recreate(service: string, signal?: AbortSignal): Promise<void> {
    await this.refuseForeign((await this.requireLayout()).compose);
    await this.compose(['up', '-d', '--no-deps', '--no-build', '--pull', 'missing', service], signal);
  }

  /** Whether a service has a container that was made from what the files say now. */
  async isAsPlanned(service: string, container: string): Promise<boolean> {
    const found = await this.inspect(container);
    return found !== undefined && (await this.#asPlanned(service, found));
  }

  /**
   * One service and nothing that it depends on. An OpenBao whose container differs from the files is never recreated on the way:
   * it would come back sealed (failure mode C11). A container that would not come back after a boot is made to.
   * @throws `compose_foreign`, `compose_would_recreate`, those of {@link docker}, `docker_*`
   */
  async bringUp(service: string, container: string, signal?: AbortSignal): Promise<void> {
    await this.refuseForeign((await this.requireLayout()).compose);
    const found = await this.inspect(container);
    if (found === undefined || !(await this.#asPlanned(service, found))) {
      if (found !== undefined && service === 'openbao')
        throw new ConsoleError('compose_would_recreate', { container });
      await this.recreate(service, signal);
      return;
    }
    if (!comingBack.includes(found.restartPolicy))
      await this.engine.setRestartPolicy(container, 'unless-stopped');
    if (found.state === 'paused') await this.engine.unpause(container);
    else if (found.state !== 'running') await this.engine.start(container);
  }

  /** Stops a container of ours; one that is not there is no error. */
  async stop(container: string, graceSeconds: number): Promise<void> {
    if ((await this.inspect(container)) === undefined) return;
    await this.refuseForeign((await this.requireLayout()).compose);
    await this.engine.stop(container, graceSeconds);
  }

  /** Removes a container of ours; its volumes stay. */
  async remove(container: string): Promise<void> {
    await this.refuseForeign((await this.requireLayout()).compose);
    if ((await this.inspect(container)) !== undefined) await this.docker(['rm', '-f', container]);
  }

  /** Removes volumes of ours with what they hold. */
  async removeVolumes(names: readonly string[]): Promise<void> {
    const layout = await this.requireLayout();
    await this.refuseForeign(layout.compose);
    for (const name of names) await this.docker(['volume', 'rm', '-f', `${layout.compose.instance}_${name}`]);
  }

  /** Removes every container and the network, and with `volumes` what they hold. Nothing when there is no layout. */
  async down(options: { readonly volumes: boolean }): Promise<void> {
    const layout = await this.readLayout();
    if (layout === undefined) return;
    await this.refuseForeign(layout.compose);
    const volumes = options.volumes ? ['--volumes'] : [];
    await this.compose(['down', ...volumes, '--remove-orphans', '--timeout', '15']);
  }
}
