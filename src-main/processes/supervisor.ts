import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { ensureDirectory } from '../workspace/atomic.ts';
import { errno, fileFailure } from '../workspace/file-failure.ts';
import { openLog } from './log-file.ts';
import { findMarked, markVariable } from './marked-process.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';
import { commandDigest, ProcessRecords, type ProcessRecord } from './process-record.ts';

/** How one server is run. No secret stands in `args` or `env`. */
export interface ProcessSpec {
  readonly name: string;
  /** Absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs as this user, when the console is root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A server that runs. */
export interface RunningProcess extends ProcessIdentity {
  readonly name: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly commandDigest: string;
}

export interface StopOptions {
  /** Asked first; SIGTERM unless said. */
  readonly signal?: 'SIGTERM' | 'SIGINT';
  /** How long it may take before it is killed, milliseconds. */
  readonly graceMs: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Starts servers that outlive the console, and finds them again: each is a process group of its own, its output goes to
 * `<log directory>/<name>.log`, and a note tells it from whatever may get its number later.
 */
export class ProcessSupervisor {
  readonly #records: ProcessRecords;
  readonly #runDirectory: string;
  readonly #logDirectory: string;
  /** Processes that this console started itself: their exit codes are known, and they leave no zombie. */
  readonly #children = new Map<string, ChildProcess>();
  readonly #exits = new Map<string, string>();

  constructor(directories: { readonly run: string; readonly logs: string }) {
    this.#runDirectory = directories.run;
    this.#logDirectory = directories.logs;
    this.#records = new ProcessRecords(directories.run);
  }

  logPath(name: string): string {
    return join(this.#logDirectory, `${name}.log`);
  }

  /** How the last run of a server that this console started ended: `exit 1`, `SIGKILL`. */
  lastExit(name: string): string | undefined {
    return this.#exits.get(name);
  }

  /** The running process of that name, also when an earlier console started it. Never trusts a bare pid. */
  async find(name: string): Promise<RunningProcess | undefined> {
    const record = await this.#records.read(name);
    if (record === undefined) return undefined;
    if (record.state === 'starting') return this.#adopt(name, record);
    const identity = {
      pid: record.pid ?? 0,
      startTime: record.startTime ?? '',
      bootId: record.bootId ?? '',
    };
    if (!(await isAlive(identity))) return undefined;
    return { name, ...identity, startedAt: record.startedAt, commandDigest: record.commandDigest };
  }

  /** A console died between spawn and note. */
  async #adopt(name: string, record: ProcessRecord): Promise<RunningProcess | undefined> {
    const pid = await findMarked(record.mark);
    const identity = pid === undefined ? undefined : await identityOf(pid);
    if (identity === undefined) return undefined;
    await this.#records.write(name, { ...record, state: 'started', ...identity });
    return { name, ...identity, startedAt: record.startedAt, commandDigest: record.commandDigest };
  }

  /**
   * Starts a server unless it runs; it is noted before this returns. That it answers is for the caller to find out.
   * @throws `process_not_started` when the program cannot be run; file errors for the log and the note
   */
  async start(spec: ProcessSpec): Promise<RunningProcess> {
    const running = await this.find(spec.name);
    if (running !== undefined) return running;
    await ensureDirectory(this.#runDirectory, { mode: 0o700 });
    await ensureDirectory(this.#logDirectory, { mode: 0o700 });
    const record: ProcessRecord = {
      state: 'starting',
      mark: randomBytes(16).toString('hex'),
      commandDigest: commandDigest(spec.command, spec.args),
      startedAt: Date.now(),
    };
    await this.#records.write(spec.name, record);
    const child = await this.#spawn(spec, record.mark);
    const identity = await identityOf(child.pid ?? 0);
    if (identity === undefined) {
      await this.#records.remove(spec.name);
      const reason = this.lastExit(spec.name) ?? '';
      throw new ConsoleError('process_not_started', { name: spec.name, command: spec.command, reason });
    }
    try {
      await this.#records.write(spec.name, { ...record, state: 'started', ...identity });
    } catch (error) {
      // A process that nobody could find again must not stay.
      child.kill('SIGKILL');
      throw error;
    }
    return {
      name: spec.name,
      ...identity,
      startedAt: record.startedAt,
      commandDigest: record.commandDigest,
    };
  }

  async #spawn(spec: ProcessSpec, mark: string): Promise<ChildProcess> {
    const path = this.logPath(spec.name);
    const log = await openLog(path).catch((error: unknown) => {
      throw fileFailure(error, path);
    });
    this.#exits.delete(spec.name);
    try {
      const child = spawn(spec.command, [...spec.args], {
        cwd: spec.cwd,
        env: { ...spec.env, [markVariable]: mark },
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        ...(spec.user === undefined ? {} : { uid: spec.user.uid, gid: spec.user.gid }),
      });
      child.once('exit', (code, signal) => {
        this.#exits.set(spec.name, signal ?? `exit ${code ?? 0}`);
        if (this.#children.get(spec.name) === child) this.#children.delete(spec.name);
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      this.#children.set(spec.name, child);
      child.unref();
      return child;
    } catch (error) {
      await this.#records.remove(spec.name);
      throw new ConsoleError(
        'process_not_started',
        { name: spec.name, command: spec.command, reason: errno(error) ?? 'unknown' },
        { cause: error },
      );
    } finally {
      await log.close();
    }
  }

  /** Sends a signal. @returns false when it does not run */
  async signal(name: string, signal: NodeJS.Signals): Promise<boolean> {
    const running = await this.find(name);
    if (running === undefined) return false;
    try {
      process.kill(running.pid, signal);
      return true;
    } catch (error) {
      if (errno(error) === 'ESRCH') return false;
      throw new ConsoleError(
        'process_not_ours',
        { name, pid: running.pid, reason: errno(error) ?? 'unknown' },
        { cause: error },
      );
    }
  }

  /**
   * Asks a server to end, waits, kills it and its group when the grace is over, and waits until it is gone.
   * @returns whether it was running
   * @throws `process_not_ours` when it belongs to another user, `process_not_stopped` when even SIGKILL did not end it
   */
  async stop(name: string, options: StopOptions): Promise<boolean> {
    const running = await this.find(name);
    if (running === undefined) {
      await this.#records.remove(name);
      return false;
    }
    await this.signal(name, options.signal ?? 'SIGTERM');
    if (!(await this.#gone(running, options.graceMs))) {
      await this.signal(name, 'SIGKILL');
      if (!(await this.#gone(running, 10_000))) {
        throw new ConsoleError(
          'process_not_stopped',
          { name, pid: running.pid },
          { changed: message('error.changed.unknown') },
        );
      }
    }
    this.#killGroup(running.pid);
    await this.#records.remove(name);
    return true;
  }

  /** Helpers that a server left behind in its group; the group's number cannot be reused while one of them lives. */
  #killGroup(pid: number): void {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The usual case: nobody is left.
    }
  }

  async #gone(running: RunningProcess, patienceMs: number): Promise<boolean> {
    const end = Date.now() + patienceMs;
    while (await isAlive(running)) {
      if (Date.now() > end) return false;
      await pause(50);
    }
    return true;
  }
}
