import type { AgentProcess } from '../../../shared/contract/renewal-agents.ts';
import type { Status } from '../../ui/status.ts';

/** How the state of a renewal agent is shown. */
export const agentStatus: Record<AgentProcess['state'], Status> = {
  running: 'proved',
  stopped: 'unknown',
  restarting: 'pending',
  failed: 'failed',
};
