import * as z from 'zod';
import { query } from './procedure.ts';
import { agentSourceSchema } from './topology.ts';

/** One renewal agent that the console can run on this host. Times are unix milliseconds. */
export const agentProcessSchema = z.object({
  /** agent.toml, absolute. */
  config: z.string(),
  /** Registration ids. */
  services: z.array(z.string()),
  /** failed: it ended so often that it is not started again by itself. */
  state: z.enum(['stopped', 'running', 'restarting', 'failed']),
  pid: z.number().int().optional(),
  startedAt: z.number().optional(),
  /** How often it was started again by itself since the operator started it. */
  restarts: z.number().int(),
  /** Where its lines are. */
  log: z.string(),
  /** By what they are asked for in `infra.logs`. */
  source: agentSourceSchema,
  /** Redacted; only while something is wrong. */
  lastLine: z.string().optional(),
});
export type AgentProcess = z.infer<typeof agentProcessSchema>;

/** Input of the operation `infra.agents`: whether the console runs the renewal agents of this host from now on. */
export const runAgentsSchema = z.strictObject({ run: z.boolean() });

export const renewalAgentsContract = {
  'infra.agents': query(
    z.object({}),
    z.object({
      /** False where another topology than local processes runs this installation. */
      possible: z.boolean(),
      /** Whether they were chosen. */
      chosen: z.boolean(),
      agents: z.array(agentProcessSchema),
    }),
  ),
};
