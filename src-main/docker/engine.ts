import { open as openFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { fileFailure } from '../workspace/file-failure.ts';
import { unpackArchive, withArchive, type ArchiveOwner } from './archive.ts';
import { engineEnvironment } from './chosen-engine.ts';
import { endpointOf, nameOf, type DockerEndpoint } from './endpoint.ts';
import { execute } from './exec.ts';
import { unreachable } from './failures.ts';
import { readLines, type ContainerLine } from './output.ts';
import {
  containerOf,
  diskSchema,
  eventSchema,
  imageSchema,
  inspectedOf,
  inspectedSchema,
  listedSchema,
  settingsSchema,
  statsSchema,
  versionSchema,
  type Container,
  type ContainerSettings,
  type InspectedContainer,
} from './shapes.ts';
import { ask, open, type DockerRequest } from './transport.ts';

/** The newest and the oldest Engine API that this client speaks: 20.10 answers 1.41. */
const newest = [1, 44] as const;
const oldest = [1, 40] as const;

/** An image may be large and the disk slow, milliseconds. */
const loadMs = 600_000;

const parse = (version: string): readonly [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};
const before = (one: readonly [number, number], other: readonly [number, number]): boolean =>
  one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);

export interface EngineVersion {
  readonly engine: string;
  /** The lower of the engine's and ours. */
  readonly api: string;
}

export interface LogOptions {
  /** Last so many lines; all unless given. */
  readonly tail?: number;
  /** Unix milliseconds. */
  readonly since?: number;
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

export interface ContainerEvent {
  readonly container: string;
  readonly name: string;
  /** `start`, `die`, `oom`, `health_status: healthy` … */
  readonly action: string;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface ContainerUse {
  /** Share of one core since the answer before; 1.5 is one and a half. */
  readonly cores?: number;
  readonly memoryBytes: number;
  readonly memoryLimit: number;
  /** As the engine counts them, for the next question. */
  readonly counters: { readonly system: number; readonly own: number };
}

/** The Docker Engine API, as far as an operator of servers needs it. Every call throws `docker_*`. */
export class DockerEngine {
  readonly #endpoint: DockerEndpoint;
  #version: Promise<EngineVersion> | undefined;

  constructor(endpoint: DockerEndpoint) {
    this.#endpoint = endpoint;
  }

  /** Who answers, and in which version we talk. Throws `docker_too_old` too. */
  version(): Promise<EngineVersion> {
    const asked = this.#version ?? this.#ask();
    this.#version = asked;
    asked.catch(() => (this.#version = undefined));
    return asked;
  }

  async #ask(): Promise<EngineVersion> {
    const said = versionSchema.parse(
      await ask(this.#endpoint, { path: '/version', what: nameOf(this.#endpoint) }),
    );
    const theirs = parse(said.ApiVersion);
    if (before(theirs, oldest))
      throw new ConsoleError('docker_too_old', { version: said.Version, least: '19.03' });
    return { engine: said.Version, api: (before(theirs, newest) ? theirs : newest).join('.') };
  }

  async #call<T>(schema: z.ZodType<T>, request: DockerRequest): Promise<T> {
    const { api } = await this.version();
    return schema.parse(await ask(this.#endpoint, { ...request, path: `/v${api}${request.path}` }));
  }

  async #do(path: string, what: string, rest: Partial<DockerRequest> = {}): Promise<void> {
    await this.#call(z.unknown(), { method: 'POST', path, what, ...rest });
  }

  /** Every container with these labels, the stopped ones too; one call for all. `name=value` or a bare name. */
  async containers(labels: readonly string[] = []): Promise<Container[]> {
    const filters = labels.length === 0 ? {} : { filters: JSON.stringify({ label: labels }) };
    const query = { all: 'true', ...filters };
    const listed = await this.#call(listedSchema, { path: '/containers/json', query, what: '*' });
    return listed.map(containerOf);
  }

  async inspect(container: string): Promise<InspectedContainer> {
    const path = `/containers/${encodeURIComponent(container)}/json`;
    return inspectedOf(await this.#call(inspectedSchema, { path, what: container }));
  }

  /** What it was made with. Its environment may hold secrets: only for comparing, never shown as it is. */
  settings(container: string): Promise<ContainerSettings> {
    const path = `/containers/${encodeURIComponent(container)}/json`;
    return this.#call(settingsSchema, { path, what: container });
  }

  start(container: string): Promise<void> {
    return this.#do(`/containers/${encodeURIComponent(container)}/start`, container);
  }

  /** Lets a paused container go on. */
  unpause(container: string): Promise<void> {
    return this.#do(`/containers/${encodeURIComponent(container)}/unpause`, container);
  }

  /** @param graceSeconds until it is killed */
  stop(container: string, graceSeconds = 10): Promise<void> {
    const query = { t: String(graceSeconds) };
    return this.#do(`/containers/${encodeURIComponent(container)}/stop`, container, { query });
  }

  restart(container: string, graceSeconds = 10): Promise<void> {
    const query = { t: String(graceSeconds) };
    return this.#do(`/containers/${encodeURIComponent(container)}/restart`, container, { query });
  }

  /** Sends a signal to its first process: `HUP` reloads, and nothing is recreated. */
  signal(container: string, signal: 'HUP' | 'USR1' | 'TERM' | 'KILL'): Promise<void> {
    const query = { signal: `SIG${signal}` };
    return this.#do(`/containers/${encodeURIComponent(container)}/kill`, container, { query });
  }

  setRestartPolicy(container: string, name: 'always' | 'unless-stopped' | 'no'): Promise<void> {
    const json = { RestartPolicy: { Name: name, MaximumRetryCount: 0 } };
    return this.#do(`/containers/${encodeURIComponent(container)}/update`, container, { json });
  }

  /**
   * What a container uses now, with one quick question: the share of the processor is known from the second one on.
   * @param before an earlier answer for the same container
   */
  async use(container: string, before?: ContainerUse): Promise<ContainerUse> {
    const path = `/containers/${encodeURIComponent(container)}/stats`;
    const query = { stream: 'false', 'one-shot': 'true' };
    const answer = await this.#call(statsSchema, { path, query, what: container });
    const { cpu_stats: processor, memory_stats: memory } = answer;
    const [system, own] = [processor.system_cpu_usage ?? 0, processor.cpu_usage.total_usage];
    const passed = before === undefined ? 0 : system - before.counters.system;
    const share = before === undefined ? 0 : (own - before.counters.own) / passed;
    // The page cache is not what the program needs.
    const cache = memory.stats?.['inactive_file'] ?? memory.stats?.['total_inactive_file'] ?? 0;
    return {
      ...(passed > 0 ? { cores: Math.max(0, share) * (processor.online_cpus ?? 1) } : {}),
      memoryBytes: Math.max(0, (memory.usage ?? 0) - cache),
      memoryLimit: memory.limit ?? 0,
      counters: { system, own },
    };
  }

  /** Digests by which registries know an image, `name@sha256:…`; none for one that was made or loaded here. Undefined: not there. */
  async digestsOf(image: string): Promise<readonly string[] | undefined> {
    const found = await this.#image(image);
    return found && (found.RepoDigests ?? []);
  }

  /** The image that has a name now. Undefined: none. */
  async imageIdOf(image: string): Promise<string | undefined> {
    return (await this.#image(image))?.Id;
  }

  async #image(image: string): Promise<z.infer<typeof imageSchema> | undefined> {
    try {
      const path = `/images/${encodeURIComponent(image)}/json`;
      return await this.#call(imageSchema, { path, what: image });
    } catch (error) {
      if (isConsoleError(error, 'docker_not_found')) return undefined;
      throw error;
    }
  }

  /** Whether an image is there under this name. */
  async hasImage(image: string): Promise<boolean> {
    const schema = z.array(z.object({ RepoTags: z.array(z.string()).nullish() }));
    const query = { filters: JSON.stringify({ reference: [image] }) };
    return (await this.#call(schema, { path: '/images/json', query, what: image })).length > 0;
  }

  /** Takes images from a file that `docker save` wrote: for hosts without a registry. Throws of the file too. */
  async loadImages(file: string): Promise<void> {
    const content = await openFile(file, 'r').catch((error: unknown) => {
      throw fileFailure(error, file);
    });
    await this.#send(content.createReadStream(), file, '/images/load', { quiet: 'true' });
  }

  /** Makes a directory the root of an image. `changes`: lines of a Dockerfile such as `ENTRYPOINT ["bao"]`. Everything is root's. */
  async importImage(directory: string, image: string, changes: readonly string[]): Promise<void> {
    const query = { fromSrc: '-', repo: image, changes: changes.join('\n') };
    await withArchive(directory, (archive) => this.#send(archive, image, '/images/create', query));
  }

  /** Puts what is in a directory into one of a container, which need not run: volumes are reached through it. All is one owner's. */
  async putDirectory(container: string, path: string, directory: string, owner: ArchiveOwner): Promise<void> {
    const to = `/containers/${encodeURIComponent(container)}/archive`;
    await withArchive(directory, (archive) => this.#send(archive, container, to, { path }, 'PUT'), owner);
  }

  /** Takes what is in a directory of a container, which need not run, into one of this host. Owners are this process's. */
  async takeDirectory(container: string, path: string, directory: string): Promise<void> {
    const { api } = await this.version();
    const from = `/v${api}/containers/${encodeURIComponent(container)}/archive`;
    await unpackArchive(
      await open(this.#endpoint, { path: from, query: { path }, what: container, patienceMs: loadMs }),
      directory,
    );
  }

  /** Whether a container, which need not run, has something at a path. */
  async hasPath(container: string, path: string): Promise<boolean> {
    const { api } = await this.version();
    const at = `/v${api}/containers/${encodeURIComponent(container)}/archive`;
    try {
      const answer = await open(this.#endpoint, {
        method: 'HEAD',
        path: at,
        query: { path },
        what: container,
      });
      answer.resume();
      return true;
    } catch (error) {
      if (isConsoleError(error, 'docker_not_found')) return false;
      throw error;
    }
  }

  /** Bytes that a volume takes; the engine counts them, which may take a moment. 0: it does not know. */
  async volumeSize(volume: string): Promise<number> {
    const { Volumes } = await this.#call(diskSchema, { path: '/system/df', what: volume });
    return Math.max(0, Volumes?.find(({ Name }) => Name === volume)?.UsageData?.Size ?? 0);
  }

  async #send(
    content: Readable,
    what: string,
    path: string,
    query: Readonly<Record<string, string>>,
    method: 'POST' | 'PUT' = 'POST',
  ): Promise<void> {
    const { api } = await this.version();
    const request = { method, path: `/v${api}${path}`, query, what, patienceMs: loadMs } as const;
    const answer = await open(this.#endpoint, request, (outgoing) => {
      // Content that breaks off in the middle breaks the request off, so that no half of an image counts as one.
      pipeline(content, outgoing).catch(() => undefined);
    });
    let said = '';
    for await (const chunk of answer as AsyncIterable<Buffer>) said = (said + chunk.toString()).slice(-4000);
    if (/"error"/.test(said))
      throw new ConsoleError('docker_refused', { name: what, status: 200 }, { detail: said });
  }

  /**
   * A container's lines, as they come. `follow` ends with the container or the signal; where the engine goes away first, that is
   * an error.
   */
  async *logs(container: string, options: LogOptions = {}): AsyncGenerator<ContainerLine> {
    const { terminal } = await this.inspect(container);
    const { api } = await this.version();
    const { signal, follow = false } = options;
    const query = {
      stdout: 'true',
      stderr: 'true',
      timestamps: 'true',
      follow: String(follow),
      ...(options.tail === undefined ? {} : { tail: String(options.tail) }),
      ...(options.since === undefined ? {} : { since: (options.since / 1000).toFixed(3) }),
    };
    const path = `/v${api}/containers/${encodeURIComponent(container)}/logs`;
    yield* this.#lines({ path, query, what: container }, terminal, true, signal);
    // A stream that ends is the same whether the container ended or the engine did.
    if (follow && signal?.aborted !== true) await this.inspect(container);
  }

  /**
   * What happens to containers with these labels. Ends with the signal.
   * @param since unix milliseconds; from now on unless given. The engine keeps the last few hundred events
   */
  async *events(
    labels: readonly string[],
    signal: AbortSignal,
    since?: number,
  ): AsyncGenerator<ContainerEvent> {
    const { api } = await this.version();
    const query = {
      filters: JSON.stringify({ type: ['container'], label: labels }),
      ...(since === undefined ? {} : { since: (since / 1000).toFixed(3) }),
    };
    const request = { path: `/v${api}/events`, query, what: '*' };
    for await (const { text } of this.#lines(request, true, false, signal)) {
      const { Action, Actor, timeNano } = eventSchema.parse(JSON.parse(text));
      yield {
        container: Actor.ID,
        name: Actor.Attributes?.['name'] ?? '',
        action: Action,
        at: Math.floor(timeNano / 1e6),
      };
    }
  }

  /**
   * Runs a command inside and answers what it wrote. Secrets go by standard input, never as arguments.
   * @param user inside; the container's own unless given
   */
  async exec(
    container: string,
    argv: readonly string[],
    input = '',
    user?: string,
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const { api } = await this.version();
    return execute(this.#endpoint, api, container, argv, input, user);
  }

  async *#lines(
    request: DockerRequest,
    terminal: boolean,
    stamps: boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ContainerLine> {
    try {
      const answer = await open(this.#endpoint, { ...request, ...(signal === undefined ? {} : { signal }) });
      yield* readLines(answer, terminal, stamps);
    } catch (error) {
      if (signal?.aborted === true) return;
      throw error instanceof ConsoleError ? error : unreachable(this.#endpoint, error);
    }
  }
}

/** The engine that the person, the command line or the environment names. Throws `docker_endpoint`, `docker_certificates`. */
export const engineHere = (
  environment: Readonly<Record<string, string | undefined>> = engineEnvironment(),
): DockerEngine => new DockerEngine(endpointOf(environment));
