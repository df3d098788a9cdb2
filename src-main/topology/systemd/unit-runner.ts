import { stat } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import type { RestartHistory } from '../../processes/backoff.ts';
import { identityOf } from '../../processes/process-identity.ts';
import type { ProcessSpec, RunningProcess } from '../../processes/supervisor.ts';
import { commandDigest } from '../../processes/process-record.ts';
import { Systemctl, type UnitState } from '../../systemd/systemctl.ts';
import { readTextFileIfPresent, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import type { Runner, ServerLogs } from '../runner.ts';
import { serverIds, type ServerId } from '../server-id.ts';
import type { SpecContext } from '../specs.ts';
import { JournalLogs } from './journal-logs.ts';
import { ownerOfUnit, unitName, unitOf, unitsOf, type ServerUnit, type UnitOwner } from './server-units.ts';

export interface UnitRunnerOptions {
  /** What the units' names begin with. */
  readonly prefix: string;
  /** The installation as it is at the moment of each call. Throws `topology_none`. */
  readonly context: () => Promise<SpecContext>;
}

/** Servers as units of systemd, which starts them with the host and again after a failure. */
export class UnitRunner implements Runner {
  readonly logs: ServerLogs;
  readonly prefix: string;
  readonly #context: () => Promise<SpecContext>;
  readonly #systemctl = new Systemctl();

  constructor({ prefix, context }: UnitRunnerOptions) {
    this.prefix = prefix;
    this.#context = context;
    this.logs = new JournalLogs((id) => this.#name(id));
  }

  #name(id: ServerId): string {
    return unitName(this.prefix, id);
  }

  async #state(id: ServerId): Promise<UnitState | undefined> {
    const states = await this.#systemctl.states(serverIds.map((each) => this.#name(each)));
    return states.get(this.#name(id));
  }

  async find(id: ServerId): Promise<RunningProcess | undefined> {
    const state = await this.#state(id);
    if (state === undefined || state.pid === 0) return undefined;
    const identity = await identityOf(state.pid);
    if (identity === undefined) return undefined;
    return {
      name: id,
      ...identity,
      startedAt: state.startedAt ?? Date.now(),
      commandDigest: commandDigest(this.#name(id), []),
    };
  }

  async history(id: ServerId): Promise<RestartHistory> {
    const { restarts = 0, sub, active } = (await this.#state(id)) ?? {};
    const again = sub === 'auto-restart' ? { nextAt: Date.now() } : {};
    return { restarts, ends: [], givenUp: active === 'failed', ...again };
  }

  /** Writes the unit anew when what it would run has changed, for example a port. */
  async start(id: ServerId, spec: ProcessSpec): Promise<RunningProcess> {
    const context = await this.#context();
    await this.install([unitOf(id, context, this.prefix, await ownerOf(context))]);
    await this.#systemctl.start(this.#name(id));
    const running = await this.find(id);
    if (running !== undefined) return running;
    const reason = (await this.lastExit(id)) ?? '';
    throw new ConsoleError('process_not_started', { name: this.#name(id), command: spec.command, reason });
  }

  async signal(id: ServerId, signal: 'SIGHUP'): Promise<boolean> {
    if ((await this.find(id)) === undefined) return false;
    await this.#systemctl.signal(this.#name(id), signal);
    return true;
  }

  async stop(id: ServerId): Promise<boolean> {
    const state = await this.#state(id);
    if (state === undefined || state.load === 'not-found') return false;
    await this.#systemctl.stop(this.#name(id));
    return state.pid !== 0;
  }

  async lastExit(id: ServerId): Promise<string | undefined> {
    return (await this.#state(id))?.ended;
  }

  /** The units as they would be written now. */
  async units(): Promise<readonly ServerUnit[]> {
    const context = await this.#context();
    return unitsOf(context, this.prefix, await ownerOf(context));
  }

  /** Writes what differs from the files that are there. @throws `systemd_foreign` when one of them is not of this work directory */
  async install(units: readonly ServerUnit[]): Promise<void> {
    let changed = false;
    const { root } = (await this.#context()).paths;
    for (const { path, text } of units) {
      const before = await readTextFileIfPresent(path);
      if (before === text) continue;
      refuseForeign(path, before, root);
      await writeFileAtomic(path, text, { mode: 0o644 });
      changed = true;
    }
    if (changed) await this.#systemctl.readUnits();
  }

  /** Whether all files are as they would be written now, and start with the host. */
  async installed(): Promise<boolean> {
    const units = await this.units();
    const files = await Promise.all(
      units.map(async ({ path, text }) => (await readTextFileIfPresent(path)) === text),
    );
    const states = await this.#systemctl.states(serverIds.map((id) => this.#name(id)));
    return files.every(Boolean) && units.every(({ name }) => states.get(name)?.file === 'enabled');
  }

  async enable(): Promise<void> {
    await this.#systemctl.enable(serverIds.map((id) => this.#name(id)));
  }

  /** Removes the unit files of this work directory; they do not run any more. */
  async uninstall(): Promise<void> {
    const { root } = (await this.#context()).paths;
    const states = await this.#systemctl.states(serverIds.map((id) => this.#name(id)));
    for (const { name, path } of await this.units()) {
      const text = await readTextFileIfPresent(path);
      if (text === undefined || ownerOfUnit(text) !== root) continue;
      if (states.get(name)?.file === 'enabled') await this.#systemctl.disable([name]);
      await removeFile(path);
    }
    await this.#systemctl.readUnits();
  }
}

/** Throws `systemd_foreign`. A file of ours may be written anew, and nobody else's. */
export function refuseForeign(path: string, text: string | undefined, root: string): void {
  if (text === undefined) return;
  const owner = ownerOfUnit(text);
  if (owner === root) return;
  throw new ConsoleError('systemd_foreign', { path, owner: owner ?? '?' });
}

async function ownerOf({ paths }: SpecContext): Promise<UnitOwner> {
  const { uid, gid } = await stat(paths.root);
  return { uid, gid };
}
