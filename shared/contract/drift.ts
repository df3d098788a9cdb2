import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query } from './procedure.ts';

export const driftAreas = ['files', 'access', 'openbao', 'stepca', 'servers', 'audit', 'horizon'] as const;
/** agrees: as declared. differs, missing: not. unknown: could not be asked. */
export const driftStates = ['agrees', 'differs', 'missing', 'unknown'] as const;

/** One thing that is declared, and whether the running one agrees. */
export const driftItemSchema = z.object({
  id: z.string(),
  area: z.enum(driftAreas),
  /** What is compared: a path, the name of a policy, a server. */
  what: z.string(),
  state: z.enum(driftStates),
  detail: messageSchema.optional(),
  /** From what runs to what is declared, secrets masked. */
  diff: z.string().optional(),
  /** `drift.mend` with its id brings it back. */
  mendable: z.boolean(),
});
export type DriftItem = z.infer<typeof driftItemSchema>;

/** A server's version and what is known to be wrong with it. */
export const versionRowSchema = z.object({
  server: z.string(),
  version: z.string().optional(),
  known: z.array(z.object({ severity: z.enum(['critical', 'warning', 'notice']), text: messageSchema })),
});

export const driftContract = {
  /** Compares everything now. No effect. Mending is the operation `drift.mend` ({ ids }). */
  'drift.look': query(
    z.object({}),
    z.object({
      at: z.number(),
      items: z.array(driftItemSchema),
      versions: z.array(versionRowSchema),
      /** In which order servers are upgraded. */
      upgradeOrder: z.array(z.string()),
    }),
  ),
};
export type Drift = z.infer<(typeof driftContract)['drift.look']['output']>;
