import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { timelineSchema } from './credential-expiry.ts';
import { mutation, query } from './procedure.ts';

/** What can be rotated; the operation is `rotate.<target>`. */
export const rotationTargets = [
  'approle-secret-id',
  'trust-sync',
  'responder-hmac',
  'force-reissue',
  'stepca-password',
  'db',
  'console-credentials',
  'ca-key',
  'openbao-recovery',
  'eab',
  'infra-tls',
  'acme-account-key',
] as const;
export const rotationTargetSchema = z.enum(rotationTargets);
export type RotationTarget = z.infer<typeof rotationTargetSchema>;

/** unknown: there is a policy, but nobody can say now how old the secret is. */
export const dueStateSchema = z.enum(['ok', 'due', 'overdue', 'unknown']);
export type DueState = z.infer<typeof dueStateSchema>;

/** One secret as the due list shows it. Times are unix milliseconds. */
export const rotationItemSchema = z.object({
  target: rotationTargetSchema,
  /** Kind of the operation that rotates it, for `operations.plan`: its plan is the preview of the impact. */
  kind: z.string(),
  title: messageSchema,
  /** Input for `operations.plan` that rotates all of it. */
  input: z.unknown(),
  /** When the present value was made; of several, the oldest. Absent: not known. */
  changedAt: z.number().optional(),
  /** End of the last rotation that was done or is pending with remote hosts. */
  lastRotationAt: z.number().optional(),
  lastOperationId: z.string().optional(),
  /** When the last rotation proved that the new value works. */
  lastProofAt: z.number().optional(),
  /** Days after which it is due; twice as many and it is overdue. Absent: no policy. */
  policyDays: z.number().optional(),
  dueAt: z.number().optional(),
  due: dueStateSchema,
  /** Earliest moment at which one of these credentials ends by itself, where OpenBao says so. */
  expiresAt: z.number().optional(),
  /** What must take the new value: services, servers, files. */
  touches: z.array(messageSchema),
});
export type RotationItem = z.infer<typeof rotationItemSchema>;

export const rotationContract = {
  'rotation.list': query(z.object({}), z.array(rotationItemSchema)),
  /** When each credential of the installation really ends. Asked of the servers at most once a minute. */
  'rotation.timeline': query(z.object({}), timelineSchema),
  /** Days until a secret is due; null: no policy. Audited. */
  'rotation.setPolicy': mutation(
    z.object({ target: rotationTargetSchema, days: z.number().min(0.05).max(3650).nullable() }),
    z.array(rotationItemSchema),
  ),
};
