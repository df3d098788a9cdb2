import { hostname, userInfo } from 'node:os';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { inspectDirectory } from '../workspace/inspect.ts';
import { environmentOf, registryDirectory, WorkspaceRegistry } from '../workspace/registry.ts';
import { chooseEngine } from '../docker/chosen-engine.ts';
import { definitionsFor } from './definitions.ts';
import { BoundCalls } from './bound-calls.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { allHandlers } from './handlers/index.ts';
import { kindOf } from './installation.ts';
import { OpenWorkspace } from './open-workspace.ts';
import { PersonalFile } from './preferences.ts';

export interface ConsoleOptions {
  /** Opened at once; without it the one that was open last, if it can be opened. */
  readonly workspacePath?: string;
  readonly host: 'electron' | 'web' | 'cli';
}

/** Workspaces that are held open at once: an operator goes to and fro between a few. */
const mostHeld = 4;

/** The composition root: one present workspace, a few that are held open, and the door through which hosts call. */
export class BootrootConsole {
  readonly dispatcher: Dispatcher;
  readonly host: ConsoleOptions['host'];
  /** Who acts, without the host: `kim@desk`. */
  readonly actor: string;
  readonly personal: PersonalFile;
  readonly registry: WorkspaceRegistry;
  /** Called once with each workspace that a host opened which stays open. */
  onOpened: ((workspace: OpenWorkspace) => void) | undefined;
  /** Where a host was told to work and nothing is set up yet: the place that a set-up proposes. */
  proposedPath: string | undefined;
  readonly #calls: BoundCalls;
  #workspace: OpenWorkspace | undefined;
  /** Open ones: the present one first, then those that were asked something last. */
  #held: readonly OpenWorkspace[] = [];
  #opening: Promise<unknown> = Promise.resolve();
  readonly #endings: (() => Promise<void>)[] = [];

  constructor(options: ConsoleOptions) {
    const directory = registryDirectory(process.env);
    this.host = options.host;
    this.actor = `${userInfo().username}@${hostname()}`;
    this.personal = new PersonalFile(directory);
    this.registry = new WorkspaceRegistry(directory);
    this.#calls = new BoundCalls({ present: () => this.#workspace, held: (id) => this.#use(id) });
    this.dispatcher = this.#calls.tie(createDispatcher(allHandlers(this)));
  }

  /** Within a call that of the caller, else the present one: what a page sees that begins now. */
  get workspace(): OpenWorkspace | undefined {
    const bound = this.#calls.current();
    return bound === undefined ? this.#workspace : bound.workspace;
  }

  /** The open workspace. Throws `no_workspace`, `nothing_set_up`. */
  required(): OpenWorkspace {
    const { workspace } = this;
    if (workspace !== undefined) return workspace;
    if (this.proposedPath === undefined) throw new ConsoleError('no_workspace');
    throw new ConsoleError('nothing_set_up', { path: this.proposedPath });
  }

  /** Whether this console holds it open, the present one or one that was left a while ago. */
  holds(id: string): boolean {
    return this.#held.some((workspace) => workspace.id === id);
  }

  /** One that is held open; a page that asks it keeps it from being the next that is closed. */
  #use(id: string): OpenWorkspace | undefined {
    const asked = this.#held.find((workspace) => workspace.id === id);
    if (asked === undefined || asked === this.#workspace) return asked;
    const first = this.#held.filter((one) => one === this.#workspace);
    const others = this.#held.filter((one) => one !== this.#workspace && one !== asked);
    this.#held = [...first, asked, ...others];
    return asked;
  }

  /** The call in hand goes on with another one, and its page with it. */
  #move(workspace: OpenWorkspace | undefined): void {
    const bound = this.#calls.current();
    if (bound !== undefined) Object.assign(bound, { workspace, moved: true });
  }

  /**
   * Makes a workspace the present one. Those that were open stay so, a few of them, so that going back takes no time; the one that was
   * asked longest ago is closed. The present one stays if the new one cannot be opened.
   */
  async open(path: string): Promise<OpenWorkspace> {
    const workspace = await this.#open(path);
    this.#move(workspace);
    return workspace;
  }

  #open(path: string): Promise<OpenWorkspace> {
    const job = this.#opening.then(async () => {
      const real = await realpath(path).catch(() => resolve(path));
      const known = this.#held.find(({ paths }) => paths.root === real);
      const next = known ?? (await OpenWorkspace.open(real, definitionsFor));
      this.#workspace = next;
      this.#held = [next, ...this.#held.filter((other) => other !== next)];
      const [, ...left] = this.#held;
      const kept = this.host === 'cli' ? 0 : mostHeld - 1;
      for (const old of left.slice(kept)) {
        this.#held = this.#held.filter((other) => other !== old);
        this.#calls.end(old);
        await old.close();
      }
      if (known !== undefined) {
        await known.refresh();
        await this.#note(known);
        return known;
      }
      next.onChange = () => this.#note(next);
      next.describe = async () => {
        const entry = await this.registry.find(next.id);
        const production = entry !== undefined && environmentOf(entry) === 'production';
        return { name: entry?.name ?? '', production };
      };
      // A host that ends with its command watches over nothing.
      if (this.host !== 'cli') {
        next.topologies.local.supervise();
        this.onOpened?.(next);
      }
      await this.#note(next);
      return next;
    });
    this.#opening = job.catch(() => undefined);
    return job;
  }

  /** A unit sees no home: a command that runs without a person needs no list of what that person opened. */
  async #note(workspace: OpenWorkspace): Promise<void> {
    await this.remember(workspace).catch((error: unknown) => {
      if (this.host !== 'cli' || !isConsoleError(error)) throw error;
    });
  }

  /** Notes the workspace in this person's list, with what is known of it now. */
  async remember(workspace: OpenWorkspace): Promise<void> {
    const { installation } = workspace;
    const layout = await workspace.topology.readLayout();
    await this.registry.remember(
      workspace.paths.root,
      {
        kind: await kindOf(workspace.paths, installation),
        topology: layout !== undefined ? workspace.topology.kind : (installation?.topology ?? 'none'),
        ...(installation === undefined ? {} : { name: installation.name }),
      },
      Date.now(),
    );
  }

  /** Closes the open workspace, for every page that shows it. */
  async closeWorkspace(): Promise<void> {
    const previous = this.workspace;
    this.#move(undefined);
    if (this.#workspace === previous) this.#workspace = undefined;
    this.#held = this.#held.filter((other) => other !== previous);
    if (previous !== undefined) this.#calls.end(previous);
    await previous?.close();
  }

  /** Whether servers of the open workspace run that this console started. */
  async infraRunning(): Promise<boolean> {
    return (await this.#workspace?.topology.anyRunning()) ?? false;
  }

  async stopInfra(): Promise<void> {
    await this.#workspace?.topology.stopAll();
  }

  /** What else has to end with the console, worker threads for example. */
  onShutdown(end: () => Promise<void>): void {
    this.#endings.push(end);
  }

  /** Ends sessions and the store. Servers keep running. */
  async shutdown(): Promise<void> {
    await this.#opening;
    this.#workspace = undefined;
    const held = this.#held;
    this.#held = [];
    for (const workspace of held) await workspace.close();
    await this.personal.settled();
    for (const end of this.#endings) await end();
  }
}

/** Opens the console core for one host. */
export async function openConsole(options: ConsoleOptions): Promise<BootrootConsole> {
  const console = new BootrootConsole(options);
  chooseEngine(await console.personal.engine());
  if (options.workspacePath !== undefined) {
    const { installation, problems } = await inspectDirectory(options.workspacePath);
    // A page begins with its first screen, a command says what is missing; neither leaves a trace where one may have mistyped.
    // What stands in the way is said by opening.
    if (installation === 'none' && (options.host !== 'cli' || problems.length === 0))
      console.proposedPath = resolve(options.workspacePath);
    else await console.open(options.workspacePath);
  } else if (options.host !== 'cli') {
    const [last] = await console.registry.list();
    // A directory that went away must not keep the console from starting.
    if (last !== undefined) await console.open(last.path).catch(() => undefined);
  }
  return console;
}
