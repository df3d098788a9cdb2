import * as z from 'zod';
import { mutation, query } from './procedure.ts';

/** What a recovery of OpenBao (new unseal shares, a new root token) has at hand. Times are unix milliseconds. */
export const recoveryStatusSchema = z.object({
  /** How this OpenBao does it for the role that may; none: it cannot be done now. */
  interface: z.enum(['rotate', 'legacy', 'none']),
  /** The shares stand in a file of the work directory: nobody has to give one. */
  sharesOnDisk: z.boolean(),
  /** Of the shares that hold now. 0: not known. */
  shares: z.number().int(),
  threshold: z.number().int(),
  given: z.object({
    /** Shares given that may still be right. */
    progress: z.number().int(),
    complete: z.boolean(),
    /** As many as needed were given and do not fit together; one more tells which is wrong. */
    doubtful: z.boolean(),
    /** Given shares that were proved wrong, counted from 1. */
    wrong: z.array(z.number().int()),
    /** When they are forgotten. */
    expiresAt: z.number().optional(),
  }),
  /** An attempt is under way in OpenBao that no operation of this console may end by itself. */
  busy: z.boolean(),
  /** Names of the last ceremony. */
  custodians: z.array(z.string()),
  /** A root token that was made and can be looked at once, or revoked. */
  rootToken: z
    .object({
      operationId: z.string(),
      accessor: z.string(),
      expiresAt: z.number(),
      state: z.enum(['waiting', 'shown']),
    })
    .optional(),
});
export type RecoveryStatus = z.infer<typeof recoveryStatusSchema>;

export const recoveryContract = {
  'recovery.status': query(z.object({}), recoveryStatusSchema),
  /** One present share, hex or base64. Those given before stay, whatever this one is. Audited. */
  'recovery.giveShare': mutation(z.object({ share: z.string().min(1).max(200) }), recoveryStatusSchema),
  /** Forgets the shares given so far. */
  'recovery.reset': mutation(z.object({}), recoveryStatusSchema),
  /** Gives up whatever attempt is under way in OpenBao, of whomever. Changes no share. Audited. */
  'recovery.cancelAttempt': mutation(z.object({}), recoveryStatusSchema),
  /** The new root token, once. Audited. */
  'recovery.takeRootToken': mutation(
    z.object({}),
    z.object({ token: z.string(), accessor: z.string(), expiresAt: z.number() }),
  ),
  /** Ends the new root token at once. Audited. */
  'recovery.revokeRootToken': mutation(z.object({}), recoveryStatusSchema),
};
