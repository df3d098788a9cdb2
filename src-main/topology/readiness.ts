import { stat } from 'node:fs/promises';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { pause } from '../operations/pause.ts';
import { lastLines } from '../processes/log-file.ts';
import type { ProcessSupervisor } from '../processes/supervisor.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Layout } from './layout.ts';
import { redact } from './log-lines.ts';
import { portTaken, takenPorts } from './preflight.ts';
import { probe } from './probes.ts';
import { serverTitles, type ServerId } from './server-id.ts';
import { startFailure } from './start-failure.ts';

/** A server that was started and has to answer. */
export interface Awaited {
  readonly id: ServerId;
  readonly layout: Layout;
  readonly paths: WorkspacePaths;
  readonly processes: Pick<ProcessSupervisor, 'find' | 'lastExit' | 'logPath'>;
  /** Longest wait, milliseconds. */
  readonly patienceMs: number;
  /** Size of its log before it was started, bytes. */
  readonly logBefore: number;
}

export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** What the server printed since it was started, redacted. */
async function freshLines({ id, processes, logBefore }: Awaited): Promise<string[]> {
  const path = processes.logPath(id);
  const size = await sizeOf(path);
  // A log that was rotated meanwhile is shorter than before.
  const fresh = size - Math.min(logBefore, size);
  const lines = fresh === 0 ? [] : await lastLines(path, 30, Math.min(fresh + 1, 65_536));
  return lines.map(redact);
}

/** Why it ended: in the words of start-failure.ts, and when a port is the reason, who has it. */
async function whyEnded(awaited: Awaited): Promise<ConsoleError> {
  const { id, layout, processes } = awaited;
  const failure = startFailure(id, await freshLines(awaited), processes.lastExit(id));
  if (!isConsoleError(failure, 'topology_port_lost')) return failure;
  const [taken] = await takenPorts(id, layout);
  return taken === undefined ? failure : portTaken(id, taken, failure.data.detail);
}

/**
 * Waits until the server answers a real question. For OpenBao any state is an answer.
 * @throws `cancelled`, `topology_not_ready`, those of start-failure.ts and {@link portTaken}, with the server's last lines
 */
export async function untilReady(awaited: Awaited, signal?: AbortSignal): Promise<void> {
  const { id, layout, paths, patienceMs } = awaited;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (signal?.aborted === true) throw new ConsoleError('cancelled');
    const { state } = await probe(id, layout, paths, true);
    if ((await awaited.processes.find(id)) === undefined) throw await whyEnded(awaited);
    if (state === 'ready' || state === 'sealed') return;
    if (Date.now() > deadline)
      throw new ConsoleError(
        'topology_not_ready',
        { server: serverTitles[id], seconds: Math.round(patienceMs / 1000) },
        { detail: (await freshLines(awaited)).slice(-15).join('\n') },
      );
    await pause(100, signal);
  }
}
