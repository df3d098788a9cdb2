import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query } from './procedure.ts';

/** `scheduler`, `scheduler-timer`, `agent:<service>`, `openbao-agent:<service>`. */
export const helperIdSchema = z
  .string()
  .regex(/^(?:scheduler|scheduler-timer|(?:agent|openbao-agent):[a-z0-9][a-z0-9._-]{0,62})$/);

/** Something beside the servers that systemd can run on this host. */
export const helperUnitSchema = z.object({
  id: helperIdSchema,
  kind: z.enum(['scheduler', 'scheduler-timer', 'agent', 'openbao-agent']),
  /** The service that it is for. */
  service: z.string().optional(),
  /** The unit that is started; a timer starts another. */
  unit: z.string(),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  installed: z.enum(['no', 'same', 'differs']),
  /** As systemd says: `active`, `failed` … */
  active: z.string(),
  enabled: z.boolean(),
  /** As `systemd-analyze security` rates it: 0 (safe) to 10. */
  exposure: z.number().optional(),
});
export type HelperUnitView = z.infer<typeof helperUnitSchema>;

export const helperUnitsContract = {
  'units.helpers': query(
    z.object({}),
    z.object({
      /** Why none can be installed here; absent: they can. */
      problem: messageSchema.optional(),
      units: z.array(helperUnitSchema),
    }),
  ),
};
