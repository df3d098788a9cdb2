import { ConsoleError } from '../../../shared/errors.ts';
import { pause } from '../../operations/pause.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { probe } from '../probes.ts';
import { serverTitles } from '../server-id.ts';
import type { ComposeProject } from './compose-project.ts';
import { lastContainerLines } from './container-logs.ts';
import type { ComposeServer } from './services.ts';

/**
 * Waits until a server in a container answers a real question. For OpenBao any state is an answer.
 * @throws `cancelled`; `compose_ended`, `topology_not_ready` with its last lines
 */
export async function untilContainerReady(
  project: ComposeProject,
  paths: WorkspacePaths,
  id: ComposeServer,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const layout = await project.requireLayout();
  const container = project.containerOf(layout, id);
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (signal?.aborted === true) throw new ConsoleError('cancelled');
    const { state } = await probe(id, layout, paths, true);
    if (state === 'ready' || state === 'sealed') return;
    const now = await project.inspect(container);
    const ended = now === undefined || now.state === 'exited' || now.restarts > 3;
    if (ended || Date.now() > deadline) {
      const options = { detail: (await lastContainerLines(project.engine, container, 15)).join('\n') };
      throw ended
        ? new ConsoleError('compose_ended', { container, code: now?.exitCode ?? -1 }, options)
        : new ConsoleError(
            'topology_not_ready',
            { server: serverTitles[id], seconds: Math.round(patienceMs / 1000) },
            options,
          );
    }
    await pause(200, signal);
  }
}
