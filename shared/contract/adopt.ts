import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query } from './procedure.ts';

/** critical: it will stop, or everybody can read a secret. warning: mend it. notice: odd, and harmless. */
export const adoptSeverities = ['critical', 'warning', 'notice'] as const;
export const generationSchema = z.enum(['older', 'newer', 'none']);

/** Something about an installation of the tools that an operator should know. */
export const odditySchema = z.object({
  id: z.string(),
  severity: z.enum(adoptSeverities),
  /** A path, a service, a server. */
  what: z.string(),
  /** What it is, and why. */
  text: messageSchema,
  /** From what runs to what is declared, secrets masked. */
  diff: z.string().optional(),
  /** The operation that mends it. Absent: there is nothing to mend, or nothing that the console could. */
  remedy: z
    .object({ kind: z.string(), input: z.record(z.string(), z.unknown()), label: messageSchema })
    .optional(),
});
export type Oddity = z.infer<typeof odditySchema>;

export const adoptReportSchema = z.object({
  at: z.number(),
  path: z.string(),
  /** Whether operations other than taking over may run here. */
  owned: z.boolean(),
  /** When it was taken over. Absent for what the console made itself. */
  takenOverAt: z.number().optional(),
  generation: generationSchema,
  /** Each object that tells a generation. */
  objects: z.array(z.object({ path: z.string(), what: messageSchema, generation: generationSchema })),
  services: z.array(
    z.object({
      id: z.string(),
      identity: z.string(),
      generation: generationSchema,
      how: z.enum(['daemon', 'docker', 'remote']),
    }),
  ),
  servers: z.array(
    z.object({ name: z.string(), version: z.string().optional(), state: messageSchema, address: z.string() }),
  ),
  oddities: z.array(odditySchema),
  /** What taking over changes. */
  changes: z.array(messageSchema),
  /** OpenBao was moved to Raft by the console; the old storage is there until it is confirmed. */
  kept: z.object({ storage: z.string(), backup: z.string(), at: z.number() }).optional(),
});
export type AdoptReport = z.infer<typeof adoptReportSchema>;

export const adoptContract = {
  /** Looks at everything of an installation that other tools may have made. No effect. */
  'adopt.look': query(z.object({}), adoptReportSchema),
  /** Only whether operations may run; cheap. */
  'adopt.owned': query(z.object({}), z.object({ owned: z.boolean() })),
};
