import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { query } from './procedure.ts';

/** none: nothing to see here, for example the served leaf of a host that cannot be reached from this one. */
const cellSchema = z.object({
  state: z.enum(['proved', 'pending', 'failed', 'none']),
  evidence: messageSchema.optional(),
});
export type BoardCell = z.infer<typeof cellSchema>;

/** One service at the gate. `lastSeen`: unix milliseconds. */
export const boardRowSchema = z.object({
  service: z.string(),
  host: z.string(),
  remote: z.boolean(),
  bundle: cellSchema,
  pins: cellSchema,
  /** Which generation signed the leaf that is there. */
  issuer: cellSchema,
  served: cellSchema,
  lastSeen: z.number().optional(),
  waived: z.object({ reason: z.string(), at: z.string() }).optional(),
  /** Whether this row holds the next phase up. */
  green: z.boolean(),
});
export type BoardRow = z.infer<typeof boardRowSchema>;

export const caKeyActions = ['begin', 'switch', 'reissue', 'retire', 'abort', 'waive'] as const;
export type CaKeyAction = (typeof caKeyActions)[number];

export const caKeyBoardSchema = z.object({
  /** idle: no rotation is under way. */
  stage: z.enum(['idle', 'preparing', 'published', 'switched', 'reissued']),
  mode: z.enum(['intermediate-only', 'full']).optional(),
  startedAt: z.string().optional(),
  /** Fingerprint (hex), end (unix milliseconds) and name of the CA that issues, and of the one that comes. */
  now: z.object({ name: z.string(), fingerprint: z.string(), notAfter: z.number() }).optional(),
  next: z.object({ name: z.string(), fingerprint: z.string(), notAfter: z.number() }).optional(),
  rows: z.array(boardRowSchema),
  /** Rows that are neither green nor waived. */
  waiting: z.number().int(),
  nextAction: z.enum(caKeyActions).optional(),
  mayAbort: z.boolean(),
});
export type CaKeyBoard = z.infer<typeof caKeyBoardSchema>;

export const caKeyContract = {
  'rotationCaKey.board': query(z.object({}), caKeyBoardSchema),
};
