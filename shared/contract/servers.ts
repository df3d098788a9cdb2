import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query, stream } from './procedure.ts';

export const serverProgramSchema = z.enum(['openbao', 'postgres', 'step-ca']);
export type ServerProgram = z.infer<typeof serverProgramSchema>;

/** The program of one server as this machine has it. */
export const serverInfoSchema = z.object({
  name: serverProgramSchema,
  title: z.string(),
  /** verified: every file is as installed. unverifiable: the system's own. changed: a cached file differs. unusable: too old or does not run. */
  state: z.enum(['verified', 'unverifiable', 'missing', 'changed', 'unusable']),
  path: z.string().optional(),
  version: z.string().optional(),
  source: z.enum(['configured', 'path', 'cache']).optional(),
  /** What would be installed when it is missing. */
  wanted: z.string(),
  /** What an operator runs by hand to supply it, and the file that supplies it without a network. */
  command: z.string(),
  offlineFile: z.string(),
  changed: z.array(z.string()),
});
export type ServerInfo = z.infer<typeof serverInfoSchema>;

export const serverProgressSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    name: serverProgramSchema,
    message: messageSchema,
    fraction: z.number(),
  }),
  z.object({ type: z.literal('done'), server: serverInfoSchema }),
]);
export type ServerProgress = z.infer<typeof serverProgressSchema>;

export const serversContract = {
  'servers.list': query(z.object({}), z.array(serverInfoSchema)),
  /** Gets what is missing of the named programs, one after the other; ends with `done` for each. Cancelling stops the package client. */
  'servers.install': stream(
    z.object({ names: z.array(serverProgramSchema).min(1).max(3) }),
    serverProgressSchema,
  ),
};
