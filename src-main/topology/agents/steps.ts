import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import type { LocalAgent } from './agent-list.ts';
import type { RenewalAgents } from './renewal-agents.ts';

const effectsOf = (agents: readonly LocalAgent[], action: 'start' | 'stop'): Step['effects'] =>
  agents.map(({ services }) => ({
    kind: 'process',
    name: `agent (${services.map(({ id }) => id).join(', ')})`,
    action,
  }));

/** Starts what is declared at the moment it runs. */
export const startAgentsStep = (renewal: RenewalAgents, agents: readonly LocalAgent[]): Step => ({
  id: 'start-agents',
  title: message('agents.step.start'),
  effects: effectsOf(agents, 'start'),
  check: () => renewal.running(agents),
  apply: (run) => renewal.start(agents, run.signal),
  undo: () => renewal.stop(),
});

export const stopAgentsStep = (renewal: RenewalAgents, agents: readonly LocalAgent[]): Step => ({
  id: 'stop-agents',
  title: message('agents.step.stop'),
  effects: effectsOf(agents, 'stop'),
  // Some of them may run: stopping one that does not is no error.
  check: async () => false,
  apply: () => renewal.stop(),
  undo: (run) => renewal.start(agents, run.signal),
});
