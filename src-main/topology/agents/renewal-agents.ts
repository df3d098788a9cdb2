import { join } from 'node:path';
import type { AgentProcess } from '../../../shared/contract/renewal-agents.ts';
import type { LogSource } from '../../../shared/contract/topology.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { pause } from '../../operations/pause.ts';
import { noRestarts } from '../../processes/backoff.ts';
import type { DesiredState } from '../../processes/desired-state.ts';
import { lastLines } from '../../processes/log-file.ts';
import { ProcessSupervisor, type RunningProcess } from '../../processes/supervisor.ts';
import { withExclusiveLock } from '../../workspace/exclusive-lock.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { parseLine } from '../log-lines.ts';
import type { RestartNotes } from '../restart-notes.ts';
import { baseEnvironment, type NodeProgram } from '../specs.ts';
import { AgentList, notedAgents, sourceOf, type LocalAgent } from './agent-list.ts';

/** What they go by in desired.json: they are wanted together. */
const desiredName = 'agents';
const graceMs = 15_000;
/** How long an agent has to stay up before it counts as running, milliseconds: one with a wrong agent.toml ends at once. */
const staysMs = 2_000;

export interface AgentsContext {
  readonly paths: WorkspacePaths;
  readonly node: () => NodeProgram;
  readonly desired: DesiredState;
  readonly notes: RestartNotes;
  /** Whether the operator has chosen that the console runs them. */
  readonly chosen: () => Promise<boolean>;
}

/**
 * The renewal agents of the services of this host as processes that the console starts and watches over, found again by pid and start time.
 * A service that is added later gets its agent by the watch, one that is removed loses it.
 */
export class RenewalAgents {
  readonly #context: AgentsContext;
  readonly #processes: ProcessSupervisor;
  readonly #list: AgentList;

  constructor(context: AgentsContext) {
    const { paths } = context;
    this.#context = context;
    this.#processes = new ProcessSupervisor({ run: paths.run, logs: paths.logs });
    this.#list = new AgentList(paths);
  }

  /** All that could run, chosen or not. */
  possible(): Promise<readonly LocalAgent[]> {
    return this.#list.read();
  }

  chosen(): Promise<boolean> {
    return this.#context.chosen();
  }

  /** Those that are to run when the servers run; none unless they were chosen. */
  async declared(): Promise<readonly LocalAgent[]> {
    return (await this.chosen()) ? this.#list.read() : [];
  }

  find(name: string): Promise<RunningProcess | undefined> {
    return this.#processes.find(name);
  }

  logPath(name: string): string {
    return this.#processes.logPath(name);
  }

  /** Log files of those that run with the servers. */
  async logs(): Promise<ReadonlyMap<LogSource, string>> {
    return new Map((await this.declared()).map((agent) => [sourceOf(agent), this.logPath(agent.name)]));
  }

  /** That of the one which looks after a service, whether it runs or not. @throws `agents_none_of` */
  async logOf(source: string): Promise<ReadonlyMap<LogSource, string>> {
    const id = source.slice('agent:'.length);
    const agent = (await this.possible()).find(({ services }) => services.some((one) => one.id === id));
    if (agent === undefined) throw new ConsoleError('agents_none_of', { id });
    return new Map([[sourceOf(agent), this.logPath(agent.name)]]);
  }

  /** As they may be shown. */
  async #lastLines(agent: LocalAgent, count: number): Promise<string[]> {
    const lines = await lastLines(this.logPath(agent.name), count);
    return lines.map((line) => parseLine(sourceOf(agent), line).text);
  }

  wanted(): ReturnType<DesiredState['of']> {
    return this.#context.desired.of(desiredName);
  }

  /** Starts its process unless it runs. Used by the watch as well. */
  async launch({ name, config }: LocalAgent): Promise<RunningProcess> {
    const { paths, node } = this.#context;
    const { command, args, env } = node();
    return withExclusiveLock(
      join(paths.run, 'start.lock.db'),
      `start ${name}`,
      () =>
        this.#processes.start({
          name,
          command,
          args: [...args, 'agent', '--config', config],
          cwd: paths.root,
          // Hooks reload servers, whose programs are an administrator's.
          env: {
            ...baseEnvironment(),
            PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
            ...env,
          },
        }),
      { timeoutMs: 30_000 },
    );
  }

  /** Whether all of these run and are wanted. */
  async running(agents: readonly LocalAgent[]): Promise<boolean> {
    if ((await this.wanted()) !== 'running') return false;
    for (const { name } of agents) if ((await this.find(name)) === undefined) return false;
    return true;
  }

  /**
   * Starts these and waits until they have stayed up for a moment. Idempotent.
   * @throws `agents_ended` with the last lines of the one that ended, and none of those that were started here runs then
   */
  async start(agents: readonly LocalAgent[], signal?: AbortSignal): Promise<void> {
    const fresh: LocalAgent[] = [];
    try {
      for (const agent of agents) {
        if ((await this.find(agent.name)) !== undefined) continue;
        await this.#context.notes.set(agent.name, noRestarts);
        fresh.push(agent);
        await this.launch(agent);
      }
      if (fresh.length > 0) await pause(staysMs, signal);
      if (signal?.aborted === true) throw new ConsoleError('cancelled');
      for (const agent of fresh)
        if ((await this.find(agent.name)) === undefined)
          throw new ConsoleError(
            'agents_ended',
            { path: agent.config },
            { detail: (await this.#lastLines(agent, 15)).join('\n') },
          );
    } catch (error) {
      for (const { name } of fresh) await this.#processes.stop(name, { graceMs });
      throw error;
    }
    await this.#context.desired.set(desiredName, 'running');
  }

  /** All of which there is a note, also of services that are gone. They stay stopped. */
  async stop(): Promise<void> {
    await this.#context.desired.set(desiredName, 'stopped');
    for (const name of await notedAgents(this.#context.paths.run)) await this.#end(name);
  }

  async #end(name: string): Promise<void> {
    await this.#processes.stop(name, { graceMs });
  }

  /** Ends those whose service is no more. For the watch. */
  async endOrphans(declared: readonly LocalAgent[]): Promise<void> {
    const known = new Set(declared.map(({ name }) => name));
    for (const name of await notedAgents(this.#context.paths.run))
      if (!known.has(name)) await this.#end(name);
  }

  async #view(agent: LocalAgent): Promise<AgentProcess> {
    const { name, config, services } = agent;
    const [process, wanted, notes] = await Promise.all([
      this.find(name),
      this.wanted(),
      this.#context.notes.read(),
    ]);
    const { restarts, givenUp } = notes[name] ?? noRestarts;
    const lines = { log: this.logPath(name), source: sourceOf(agent) };
    const base = { ...lines, config, services: services.map(({ id }) => id), restarts };
    if (process !== undefined)
      return { ...base, state: 'running', pid: process.pid, startedAt: process.startedAt };
    const state =
      wanted === 'stopped' || !(await this.chosen()) ? 'stopped' : givenUp ? 'failed' : 'restarting';
    if (state === 'stopped') return { ...base, state };
    const [lastLine] = await this.#lastLines(agent, 1);
    return { ...base, state, ...(lastLine === undefined ? {} : { lastLine }) };
  }

  /** `infra.agents`: every agent that could run, and whether it does. */
  async view(): Promise<AgentProcess[]> {
    return Promise.all((await this.possible()).map((agent) => this.#view(agent)));
  }

  /** The one of this agent.toml; undefined when the console cannot run it. */
  async of(config: string): Promise<AgentProcess | undefined> {
    const agent = (await this.possible()).find((one) => one.config === config);
    return agent === undefined ? undefined : this.#view(agent);
  }
}
