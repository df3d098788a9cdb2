import type { Effect } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { Run } from '../operations/types.ts';
import { reloadAgents, type AgentFound } from './reload-by-config.ts';

/** In a plan: whoever runs on this host with one of the files gets SIGHUP. */
export const tellAgentsEffect: Effect = {
  kind: 'process',
  name: 'agent',
  action: 'reload',
  note: message('rotation.note.agents'),
};

/**
 * Agents of this host that run with one of these files read it again. None that runs is no error: the next start reads it.
 * @returns those that run
 */
export async function tellAgents(
  files: readonly string[],
  run: Pick<Run, 'log'>,
): Promise<readonly AgentFound[]> {
  const { found, reloaded, refused } = await reloadAgents(new Set(files));
  if (reloaded.length > 0)
    run.log(message('rotation.log.agents_told', { count: reloaded.length, pids: reloaded.join(', ') }));
  if (refused.length > 0)
    run.log(message('rotation.log.agents_refused', { pids: refused.join(', ') }), 'warn');
  return found;
}
