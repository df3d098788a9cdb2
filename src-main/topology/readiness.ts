import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { pause } from '../operations/pause.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Layout } from './layout.ts';
import { redact } from './log-lines.ts';
import { portTaken, takenPorts } from './preflight.ts';
import { probe } from './probes.ts';
import type { LogPlace, Runner } from './runner.ts';
import { serverTitles, type ServerId } from './server-id.ts';
import { startFailure } from './start-failure.ts';

/** A server that was started and has to answer. */
export interface Awaited {
  readonly id: ServerId;
  readonly layout: Layout;
  readonly paths: WorkspacePaths;
  readonly runner: Pick<Runner, 'find' | 'lastExit' | 'logs'>;
  /** Longest wait, milliseconds. */
  readonly patienceMs: number;
  /** Where its lines ended before it was started. */
  readonly before: LogPlace;
}

/** What the server printed since it was started, redacted. */
const freshLines = async ({ id, runner, before }: Awaited): Promise<string[]> =>
  (await runner.logs.since(id, before)).map(redact);

/** Why it ended: in the words of start-failure.ts, and when a port is the reason, who has it. */
async function whyEnded(awaited: Awaited): Promise<ConsoleError> {
  const { id, layout, runner } = awaited;
  const failure = startFailure(id, await freshLines(awaited), await runner.lastExit(id));
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
    if ((await awaited.runner.find(id)) === undefined) throw await whyEnded(awaited);
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
