import { createHash } from 'node:crypto';
import { access, readdir, stat } from 'node:fs/promises';
import { servicesOf } from '../../services/entry.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { readStateIfPresent } from '../../workspace/state.ts';

/** One renewal agent of this host: a process for each distinct agent.toml. */
export interface LocalAgent {
  /** Of its process, its note and its log: `agent-<12 hex digits of its path>`. */
  readonly name: string;
  /** agent.toml, absolute. */
  readonly config: string;
  /** Registration ids of the services that it renews, with the names in their certificates. */
  readonly services: readonly { readonly id: string; readonly identity: string }[];
}

/** By what its lines are asked for. */
export const sourceOf = ({ services: [first] }: LocalAgent): `agent:${string}` => `agent:${first?.id ?? ''}`;

const nameOf = (config: string): string =>
  `agent-${createHash('sha256').update(config).digest('hex').slice(0, 12)}`;

const note = /^(agent-[0-9a-f]{12})\.json$/;

/** Whether this is the name of an agent's process. */
export const isAgent = (name: string): boolean => note.test(`${name}.json`);

/** Agents of which there is a note, whether they run or not. */
export async function notedAgents(runDirectory: string): Promise<readonly string[]> {
  const names = await readdir(runDirectory).catch(() => []);
  return names.flatMap((name) => note.exec(name)?.[1] ?? []);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The agents of the services of this host, as state.json has them; it is read again only when it has changed. */
export class AgentList {
  readonly #paths: WorkspacePaths;
  #seen = '';
  #known: readonly LocalAgent[] = [];

  constructor(paths: WorkspacePaths) {
    this.#paths = paths;
  }

  /** Not those of services in containers, which bring their own, nor of other hosts, nor any whose agent.toml is missing. */
  async read(): Promise<readonly LocalAgent[]> {
    const found = await stat(this.#paths.state).catch(() => undefined);
    const seen = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (seen !== this.#seen || seen === '') this.#known = await this.#all();
    this.#seen = seen;
    const there = await Promise.all(this.#known.map(({ config }) => exists(config)));
    return this.#known.filter((_agent, index) => there[index]);
  }

  async #all(): Promise<readonly LocalAgent[]> {
    const state = await readStateIfPresent(this.#paths.state);
    const agents = new Map<string, LocalAgent>();
    for (const { id, identity, entry, agentConfig: config } of servicesOf(state, this.#paths)) {
      if (entry.delivery_mode === 'remote-bootstrap' || entry.deploy_type === 'docker') continue;
      const before = agents.get(config)?.services ?? [];
      agents.set(config, { name: nameOf(config), config, services: [...before, { id, identity }] });
    }
    return [...agents.values()];
  }
}
