import * as z from 'zod';
import { messageSchema } from '../message.ts';

export const credentialKinds = [
  'secret_id',
  'console_secret_id',
  'console_token',
  'leaf',
  'server_leaf',
  'intermediate',
  'root',
  'delivery',
] as const;

/** One credential and when it really ends: the earliest of all that limits it. Times are unix milliseconds. */
export const credentialExpirySchema = z.object({
  id: z.string(),
  /** delivery: what waits for a remote host to fetch it. */
  kind: z.enum(credentialKinds),
  /** Service, server or CA. */
  name: z.string(),
  /** A path of the page that shows it. */
  to: z.string().optional(),
  /** Target whose rotation replaces it. */
  target: z.string().optional(),
  /** When its life began. */
  since: z.number().optional(),
  /** Absent: it does not end by itself, or nobody can say; then `problem` says why. */
  expiresAt: z.number().optional(),
  /** What ends it first: its role, the mount, the life it was issued with, the certificate, the session. */
  limit: z.enum(['role', 'mount', 'issued', 'certificate', 'session', 'none', 'unknown']),
  problem: messageSchema.optional(),
  /** Logins that are left; absent: no limit. */
  usesLeft: z.number().int().optional(),
});
export type CredentialExpiry = z.infer<typeof credentialExpirySchema>;

export const timelineSchema = z.object({
  /** When the servers were asked. */
  at: z.number(),
  items: z.array(credentialExpirySchema),
});
export type Timeline = z.infer<typeof timelineSchema>;
