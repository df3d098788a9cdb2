import { message, type Message } from '../../../shared/message.ts';
import type { InspectedContainer } from '../../docker/shapes.ts';

/** Policies with which the engine starts a container again, after a failure and after a boot. */
export const comingBack: readonly string[] = ['always', 'unless-stopped'];

/** SIGKILL as an exit code (128 + 9). */
const killed = 137;
/** Ends that somebody asked for: of itself, SIGINT, SIGTERM. */
const asked: readonly number[] = [0, 130, 143];
/** So many restarts of one container are no accident. */
const crashLoop = 3;
/** A container that has run so long has come back to stay, milliseconds. */
const staysMs = 60_000;

/** A container that ended, by how it ended. Undefined: somebody asked it to. */
function endOf({ exitCode, outOfMemory, name, error, state }: InspectedContainer): Message | undefined {
  if (outOfMemory) return message('topology.container.out_of_memory', { container: name });
  if (/port is already allocated|address already in use/i.test(error)) {
    const port = /:(\d+)[ :]/.exec(error)?.[1] ?? '?';
    return message('topology.container.port', { container: name, port });
  }
  if (/no such image|image .*not found/i.test(error))
    return message('topology.container.no_image', { container: name });
  if (error !== '')
    return message('topology.container.refused', { container: name, reason: error.slice(0, 300) });
  if (state === 'created') return message('topology.container.never_started', { container: name });
  if (asked.includes(exitCode)) return undefined;
  return exitCode === killed
    ? message('topology.container.killed', { container: name })
    : message('topology.container.ended', { container: name, code: exitCode });
}

/**
 * What is wrong with a container, and what to do next; undefined: nothing that the engine could see.
 * @param wanted whether it is meant to run
 * @param now unix milliseconds
 */
export function containerProblem(
  found: InspectedContainer,
  wanted: boolean,
  now: number,
): Message | undefined {
  const { name, state, restarts, exitCode, outOfMemory, startedAt } = found;
  switch (state) {
    case 'paused':
      return message('topology.container.paused', { container: name });
    case 'dead':
      return message('topology.container.dead', { container: name });
    case 'restarting':
      return outOfMemory
        ? message('topology.container.out_of_memory', { container: name })
        : message('topology.container.crash_loop', { container: name, count: restarts, code: exitCode });
    case 'exited':
    case 'created':
      return (
        endOf(found) ?? (wanted ? message('topology.container.stopped', { container: name }) : undefined)
      );
    case 'running':
      if (restarts >= crashLoop && now - startedAt < staysMs)
        return message('topology.container.crash_loop', { container: name, count: restarts, code: exitCode });
      if (found.health === 'unhealthy') return message('topology.container.unhealthy', { container: name });
      if (!comingBack.includes(found.restartPolicy))
        return message('topology.container.stays_down', {
          container: name,
          policy: found.restartPolicy || 'no',
        });
      return undefined;
    case 'removing':
      return undefined;
  }
}
