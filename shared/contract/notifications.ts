import * as z from 'zod';
import { errorDataSchema } from '../errors.ts';
import { mutation, query, stream } from './procedure.ts';

export const severities = ['critical', 'warning', 'notice'] as const;
export const webhookShapes = ['generic', 'slack', 'teams'] as const;
export const mailSecurities = ['starttls', 'tls', 'none'] as const;

const address = z
  .string()
  .max(254)
  .regex(/^[^\s@<>"\\,;:]+@[^\s@<>"\\,;:]+$/);
const id = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);

/** How a channel reaches people. No secret is in it: the password of a mail server and the address of a webhook are kept apart. */
const deliverySchema = z.discriminatedUnion('type', [
  /** A notice on the screens that have the console open. */
  z.object({ type: z.literal('desktop') }),
  z.object({
    type: z.literal('mail'),
    host: z.string().min(1).max(253),
    port: z.number().int().min(1).max(65_535),
    security: z.enum(mailSecurities),
    /** Absent: the server wants no login. */
    username: z.string().max(200).optional(),
    from: address,
    to: z.array(address).min(1).max(50),
    /** PEM file of the CA of a private mail server. */
    caFile: z.string().max(4096).optional(),
  }),
  z.object({ type: z.literal('webhook'), shape: z.enum(webhookShapes) }),
]);
export type Delivery = z.infer<typeof deliverySchema>;

export const channelSchema = z.object({
  id,
  enabled: z.boolean().default(true),
  /** The mildest that is told. */
  severity: z.enum(severities).default('warning'),
  /** Told only of what has lasted so long: 0 at once, more for whom it escalates to. */
  afterMinutes: z.number().int().min(0).max(10_080).default(0),
  /** Told again while it lasts; 0: once. */
  repeatMinutes: z.number().int().min(0).max(10_080).default(240),
  /** Whether it is told too that something is over. */
  resolved: z.boolean().default(true),
  language: z.enum(['en', 'ko']).default('en'),
  delivery: deliverySchema,
});
export type Channel = z.infer<typeof channelSchema>;

export const channelViewSchema = channelSchema.extend({
  /** Whether its secret is there. */
  secret: z.enum(['none', 'set', 'missing']),
});
export type ChannelView = z.infer<typeof channelViewSchema>;

/** `pattern`: id of what is silent, `*` for any text; for example `expiry-*`. */
export const silenceSchema = z.object({
  id: z.string(),
  pattern: z.string().min(1).max(200),
  /** Unix milliseconds. */
  until: z.number(),
  comment: z.string().max(500),
  by: z.string(),
});
export type Silence = z.infer<typeof silenceSchema>;

/** What was sent. Titles are as they were sent, in the language of the channel. */
export const sentSchema = z.object({
  seq: z.number().int(),
  at: z.number(),
  channel: z.string(),
  type: z.enum(['desktop', 'mail', 'webhook']),
  kind: z.enum(['alert', 'resolved', 'test']),
  severity: z.enum(severities),
  subject: z.string(),
  lines: z.array(z.string()),
  /** Ids of the needs. */
  needs: z.array(z.string()),
  outcome: z.enum(['sent', 'failed']),
  error: errorDataSchema.optional(),
});
export type Sent = z.infer<typeof sentSchema>;

const listSchema = z.object({ channels: z.array(channelViewSchema), silences: z.array(silenceSchema) });
export type NotificationSettings = z.infer<typeof listSchema>;

export const notificationsContract = {
  'notifications.settings': query(z.object({}), listSchema),
  /** Adds or replaces. `secret`: password or webhook address; absent: as it is. Audited without it. */
  'notifications.saveChannel': mutation(
    z.object({ channel: channelSchema, secret: z.string().max(2000).optional() }),
    listSchema,
  ),
  'notifications.removeChannel': mutation(z.object({ id }), listSchema),
  /** Sends a word to try the channel; what went wrong is in the answer. */
  'notifications.test': mutation(z.object({ id }), sentSchema),
  'notifications.silence': mutation(
    z.object({
      pattern: silenceSchema.shape.pattern,
      minutes: z.number().int().min(1).max(43_200),
      comment: silenceSchema.shape.comment.default(''),
    }),
    listSchema,
  ),
  'notifications.unsilence': mutation(z.object({ id: z.string() }), listSchema),
  'notifications.sent': query(
    z.object({ limit: z.number().int().min(1).max(500).default(100) }),
    z.array(sentSchema),
  ),
  /** Notices for this screen from now on. */
  'notifications.follow': stream(z.object({}), sentSchema),
};
