import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { openbaoMemberSchema } from './openbao.ts';
import { query } from './procedure.ts';

/** Servers that have a version of their own. */
export const upgradableSchema = z.enum(['openbao', 'postgres', 'step-ca']);

export const remarkSchema = z.object({
  severity: z.enum(['critical', 'warning', 'notice']),
  text: messageSchema,
});

/** A server's version, what is known of it, and where it can go from here. Times are unix milliseconds. */
export const serverVersionSchema = z.object({
  server: upgradableSchema,
  title: z.string(),
  /** As it answers; absent: it does not. */
  version: z.string().optional(),
  /** The version that this console has been tried with most. */
  recommended: z.string(),
  /** Newer ones that can be got, the newest first. */
  choices: z.array(z.string()),
  remarks: z.array(remarkSchema),
  /** When its series gets its last correction. */
  endsAt: z.number().optional(),
  /** What is kept of before an upgrade until the operator confirms it. */
  former: z.object({ from: z.string(), to: z.string(), at: z.number() }).optional(),
});
export type ServerVersion = z.infer<typeof serverVersionSchema>;

/** What runs the servers of an installation on this host. */
export const placeSchema = z.enum(['processes', 'systemd', 'compose']);
export type ServerPlace = z.infer<typeof placeSchema>;

export const versionsSchema = z.object({
  /** False: this console does not run the servers, and so cannot upgrade them. */
  managed: z.boolean(),
  servers: z.array(serverVersionSchema),
  /** In which order servers are upgraded. */
  order: z.array(z.string()),
  /** OpenBao as a cluster: its members, and what is to be done next to bring all of them to one version. */
  cluster: z
    .object({
      members: z.array(openbaoMemberSchema),
      next: messageSchema,
      /** The leader should hand over now: `openbao.step-down`. */
      stepDown: z.boolean(),
    })
    .optional(),
  /** What runs the servers; absent: this console does not. */
  place: placeSchema.optional(),
  /** Where they ran before a move that was not confirmed yet. */
  movedFrom: z.object({ from: placeSchema, at: z.number() }).optional(),
});
export type Versions = z.infer<typeof versionsSchema>;

export const upgradeContract = {
  /** Asks every server for its version now. Upgrading is `infra.upgrade`, the way back `infra.go-back`, its end `infra.confirm`. */
  'upgrade.versions': query(z.object({}), versionsSchema),
};
