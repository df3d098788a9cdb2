import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { stream } from './procedure.ts';

/** What a button on Home does: open a page, or plan an operation. */
export const actionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('page'), label: messageSchema, to: z.string() }),
  z.object({ type: z.literal('operation'), label: messageSchema, kind: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('unseal'), label: messageSchema }),
]);
export type Action = z.infer<typeof actionSchema>;

export const needSchema = z.object({
  id: z.string(),
  severity: z.enum(['critical', 'warning', 'notice']),
  /** What is wrong, what it touches. */
  title: messageSchema,
  detail: messageSchema.optional(),
  /** Unix milliseconds. */
  since: z.number().optional(),
  action: actionSchema.optional(),
});
export type Need = z.infer<typeof needSchema>;

export const overviewSchema = z.object({
  at: z.number(),
  /** "Everything is proved; next thing due: …" or "2 things need you". */
  sentence: messageSchema,
  needs: z.array(needSchema),
  expiries: z.array(
    z.object({
      at: z.number(),
      what: z.string(),
      kind: z.enum(['leaf', 'ca', 'credential']),
      to: z.string(),
    }),
  ),
  rungs: z.array(z.object({ rung: z.string(), services: z.number().int() })),
  secrets: z.array(z.object({ name: messageSchema, changedAt: z.number().optional() })),
  servers: z.array(z.object({ name: z.string(), state: z.string(), version: z.string().optional() })),
});
export type Overview = z.infer<typeof overviewSchema>;

export const homeContract = {
  /** The overview now and whenever it changes. */
  'home.overview': stream(z.object({}), overviewSchema),
};
