import type { LogLine } from '../../shared/contract/topology.ts';
import type { LogFiles } from './log-lines.ts';
import type { RestartHistory } from '../processes/backoff.ts';
import type { ProcessSpec, RunningProcess, StopOptions } from '../processes/supervisor.ts';
import type { ServerId } from './server-id.ts';

/** A place in the lines of a server; only the one that named it understands it. */
export type LogPlace = number;

/** What the servers print. Lines are as they were printed; whoever shows one redacts it. */
export interface ServerLogs {
  /** Where the lines of a server end now. */
  end(id: ServerId): Promise<LogPlace>;
  /** At most 30, what was printed since, oldest first. */
  since(id: ServerId, place: LogPlace): Promise<readonly string[]>;
  /** The last ones, oldest first. */
  last(id: ServerId, count: number): Promise<readonly string[]>;
  /**
   * The last lines of some servers in the order of time, then each new one; redacted.
   * @param options `others` are files beside theirs
   */
  follow(
    ids: readonly ServerId[],
    options: { readonly lines: number; readonly follow: boolean; readonly others?: LogFiles },
    signal: AbortSignal,
  ): AsyncIterable<LogLine>;
}

/** What runs the servers of an installation on this host: the console itself, or systemd. */
export interface Runner {
  readonly logs: ServerLogs;
  find(id: ServerId): Promise<RunningProcess | undefined>;
  /** Starts it unless it runs. That it answers is for the caller to find out. Throws `process_not_started` and others. */
  start(id: ServerId, spec: ProcessSpec): Promise<RunningProcess>;
  /** @returns false when it does not run */
  signal(id: ServerId, signal: 'SIGHUP'): Promise<boolean>;
  /** Asks it to end and waits until it is gone. @returns whether it was running */
  stop(id: ServerId, options: StopOptions): Promise<boolean>;
  /** How its last run ended, if known: `exit 1`, `SIGKILL`. */
  lastExit(id: ServerId): Promise<string | undefined>;
  /** What became of its restarts, where something else than the console sees to them. */
  history?(id: ServerId): Promise<RestartHistory>;
}
