import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query } from './procedure.ts';

/** How the connection to a database is protected: `verified` means chain, and with `verify-full` the name too. */
const tlsLevelSchema = z.enum(['none', 'encrypted', 'verified']);

/** Servers that somebody else runs, as they answer at their addresses now. */
export const elsewhereSchema = z.object({
  stepca: z.object({
    url: z.string(),
    healthy: z.boolean(),
    version: z.string().optional(),
    problem: messageSchema.optional(),
    /** The roots that it hands out, and whether the bundle of this installation has each. */
    roots: z.array(z.object({ sha256: z.string(), trusted: z.boolean() })),
    directory: z.object({
      url: z.string(),
      answers: z.boolean(),
      /** Whether accounts need an external binding, as the directory itself says. */
      needsBinding: z.boolean().optional(),
      problem: messageSchema.optional(),
    }),
  }),
  /** Absent: nobody told this console where it is. */
  database: z
    .object({
      /** `host:port` of each, in the order in which they are tried. */
      servers: z.array(z.string()),
      name: z.string(),
      /** libpq's `sslmode`. */
      sslMode: z.string(),
      /** The one that answered and takes writes. */
      answered: z.string().optional(),
      level: tlsLevelSchema.optional(),
      version: z.string().optional(),
      tables: z.object({ present: z.boolean(), certificates: z.number(), revoked: z.number() }).optional(),
      problem: messageSchema.optional(),
    })
    .optional(),
  responder: z.object({ url: z.string(), answers: z.boolean(), problem: messageSchema.optional() }),
});
export type Elsewhere = z.infer<typeof elsewhereSchema>;

export const elsewhereContract = {
  /** Null for an installation whose servers this console runs itself. */
  'elsewhere.look': query(z.object({}), elsewhereSchema.nullable()),
};
