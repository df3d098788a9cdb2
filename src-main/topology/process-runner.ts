import { stat } from 'node:fs/promises';
import { lastLines } from '../processes/log-file.ts';
import { ProcessSupervisor, type ProcessSpec, type StopOptions } from '../processes/supervisor.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { followLogs } from './log-lines.ts';
import type { LogPlace, Runner, ServerLogs } from './runner.ts';
import type { ServerId } from './server-id.ts';

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Lines in one file for each server. A place is a size in bytes. */
class FileLogs implements ServerLogs {
  readonly #pathOf: (id: ServerId) => string;

  constructor(pathOf: (id: ServerId) => string) {
    this.#pathOf = pathOf;
  }

  end(id: ServerId): Promise<LogPlace> {
    return sizeOf(this.#pathOf(id));
  }

  async since(id: ServerId, place: LogPlace): Promise<string[]> {
    const path = this.#pathOf(id);
    const size = await sizeOf(path);
    // A log that was rotated meanwhile is shorter than before.
    const fresh = size - Math.min(place, size);
    return fresh === 0 ? [] : lastLines(path, 30, Math.min(fresh + 1, 65_536));
  }

  last(id: ServerId, count: number): Promise<string[]> {
    return lastLines(this.#pathOf(id), count);
  }

  follow(
    ids: readonly ServerId[],
    { others, ...options }: Parameters<ServerLogs['follow']>[1],
    signal: AbortSignal,
  ): ReturnType<ServerLogs['follow']> {
    const own = ids.map((id) => [id, this.#pathOf(id)] as const);
    return followLogs(async () => new Map([...own, ...((await others?.()) ?? [])]), options, signal);
  }
}

/** Servers as processes that the console starts and watches over itself. */
export class ProcessRunner implements Runner {
  readonly logs: ServerLogs;
  readonly #processes: ProcessSupervisor;

  constructor(paths: WorkspacePaths) {
    this.#processes = new ProcessSupervisor({ run: paths.run, logs: paths.logs });
    this.logs = new FileLogs((id) => this.logPath(id));
  }

  logPath(id: ServerId): string {
    return this.#processes.logPath(id);
  }

  find(id: ServerId): ReturnType<Runner['find']> {
    return this.#processes.find(id);
  }

  start(_id: ServerId, spec: ProcessSpec): ReturnType<Runner['start']> {
    return this.#processes.start(spec);
  }

  signal(id: ServerId, signal: 'SIGHUP'): Promise<boolean> {
    return this.#processes.signal(id, signal);
  }

  stop(id: ServerId, options: StopOptions): Promise<boolean> {
    return this.#processes.stop(id, options);
  }

  async lastExit(id: ServerId): Promise<string | undefined> {
    return this.#processes.lastExit(id);
  }
}
