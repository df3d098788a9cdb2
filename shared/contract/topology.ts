import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query, stream } from './procedure.ts';

export const serverIdSchema = z.enum(['postgres', 'openbao', 'resolver', 'responder', 'step-ca']);

/** sealed: OpenBao runs and waits for its shares. failed: it ended and is not started again by itself. */
export const serverStateSchema = z.enum([
  'stopped',
  'starting',
  'ready',
  'sealed',
  'unhealthy',
  'restarting',
  'failed',
]);
export type ServerState = z.infer<typeof serverStateSchema>;

/** One server of the local topology as it is now. Times are unix milliseconds. */
export const serverStatusSchema = z.object({
  name: serverIdSchema,
  title: z.string(),
  state: serverStateSchema,
  /** Since when it is in this state, as far as this console has seen. */
  since: z.number().optional(),
  pid: z.number().int().optional(),
  startedAt: z.number().optional(),
  /** `host:port`. */
  address: z.string().optional(),
  version: z.string().optional(),
  /** How often it was started again by itself since the operator started it. */
  restarts: z.number().int(),
  problem: messageSchema.optional(),
  /** Redacted; only while something is wrong. */
  lastLine: z.string().optional(),
});
export type ServerStatus = z.infer<typeof serverStatusSchema>;

/** The renewal agent that looks after this service. */
export const agentSourceSchema = z.templateLiteral(['agent:', z.string().regex(/[A-Za-z0-9-]{1,131}/)]);

/** Whose lines: a server's, those of a helper in a container, or those of a renewal agent that the console runs. */
export const logSourceSchema = z.union([
  z.enum([...serverIdSchema.options, 'openbao-agent-stepca', 'openbao-agent-responder']),
  agentSourceSchema,
]);
export type LogSource = z.infer<typeof logSourceSchema>;

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export const logLineSchema = z.object({
  server: logSourceSchema,
  /** As the line itself says. */
  at: z.number().optional(),
  level: z.enum(logLevels),
  /** Redacted. */
  text: z.string(),
});
export type LogLine = z.infer<typeof logLineSchema>;

/** What the names of an installation's units begin with: `bootroot-openbao.service`. */
export const unitPrefixSchema = z.string().regex(/^[a-z][a-z0-9-]{0,38}$/);

/** The servers as units of systemd: as they are, or as they would be. */
export const unitsSchema = z.object({
  /** Systemd runs the servers now. */
  active: z.boolean(),
  prefix: z.string(),
  /** Why they cannot be units here; absent: they can. */
  problem: messageSchema.optional(),
  units: z.array(
    z.object({
      server: serverIdSchema,
      name: z.string(),
      path: z.string(),
      text: z.string(),
      /** As `systemd-analyze security` rates it: 0 (safe) to 10. */
      exposure: z.number().optional(),
    }),
  ),
});
export type Units = z.infer<typeof unitsSchema>;

export const topologyContract = {
  /** Only of servers that this console runs as processes of this host; none else. */
  'infra.units': query(z.object({ prefix: unitPrefixSchema.optional() }), unitsSchema),
  /** All servers now, and again whenever something changed. Empty when this console does not run them. */
  'infra.status': stream(z.object({}), z.array(serverStatusSchema)),
  /** The last lines of one or all servers, then the new ones; each item holds those that came together. */
  'infra.logs': stream(
    z.object({
      server: logSourceSchema.optional(),
      lines: z.number().int().min(0).max(100_000).default(200),
      follow: z.boolean().default(true),
    }),
    z.array(logLineSchema),
  ),
};
