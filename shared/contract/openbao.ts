import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { mutation, query } from './procedure.ts';

/** One member of a Raft cluster. What only a token may ask is absent without one. */
export const openbaoMemberSchema = z.object({
  url: z.string(),
  state: z.enum(['leader', 'follower', 'sealed', 'uninitialised', 'unreachable']),
  version: z.string().optional(),
  problem: messageSchema.optional(),
  /** Shares given to it so far in this unseal attempt. */
  progress: z.number().int().optional(),
  threshold: z.number().int().optional(),
  nodeId: z.string().optional(),
  voter: z.boolean().optional(),
  healthy: z.boolean().optional(),
  /** Since the leader heard of it last, as OpenBao writes durations: `1.2s`. */
  lastContact: z.string().optional(),
});
export type OpenBaoMember = z.infer<typeof openbaoMemberSchema>;

export const openbaoStatusSchema = z.object({
  url: z.string(),
  reachable: z.boolean(),
  problem: messageSchema.optional(),
  initialised: z.boolean().optional(),
  sealed: z.boolean().optional(),
  version: z.string().optional(),
  threshold: z.number().int().optional(),
  shares: z.number().int().optional(),
  /** Shares given so far in this unseal attempt. */
  progress: z.number().int().optional(),
  storage: z.string().optional(),
  /** Of a Raft cluster with several addresses. */
  cluster: z
    .object({
      members: z.array(openbaoMemberSchema),
      healthy: z.boolean().optional(),
      /** How many voters may be lost before writing ends. */
      failureTolerance: z.number().int().optional(),
    })
    .optional(),
  /** Some member of the cluster waits for shares, even when the cluster works. */
  memberSealed: z.boolean().optional(),
  /** Lab: the shares are in the work directory, so unsealing is one click. */
  sharesOnDisk: z.boolean(),
  session: z.object({
    state: z.enum(['none', 'live', 'lost']),
    method: z.enum(['token', 'approle']).optional(),
    policies: z.array(z.string()),
    isRoot: z.boolean(),
    /** Unix milliseconds. */
    expiresAt: z.number().optional(),
  }),
});
export type OpenBaoStatus = z.infer<typeof openbaoStatusSchema>;

/** One custodian of the unseal ceremony. */
export const custodianSchema = z.object({
  index: z.number().int(),
  name: z.string(),
  state: z.enum(['waiting', 'shown', 'confirmed']),
});

export const ceremonySchema = z.object({
  /** None: nothing to hand out (lab, or all have confirmed). */
  state: z.enum(['none', 'open', 'done']),
  threshold: z.number().int(),
  custodians: z.array(custodianSchema),
});
export type Ceremony = z.infer<typeof ceremonySchema>;

export const openbaoContract = {
  'openbao.status': query(z.object({}), openbaoStatusSchema),
  /** Lab: with the shares on disk. */
  'openbao.unsealFromDisk': mutation(z.object({}), openbaoStatusSchema),
  /** One share of one custodian, hex or base64. Wrong or repeated shares are refused with a reason. */
  'openbao.unsealWithShare': mutation(z.object({ share: z.string().min(1).max(200) }), openbaoStatusSchema),
  'openbao.unsealReset': mutation(z.object({}), openbaoStatusSchema),
  /** The other members of the cluster by address; none: a single server. Each has to be of the same cluster. */
  'openbao.setMembers': mutation(
    z.object({ members: z.array(z.url().max(500)).max(8) }),
    openbaoStatusSchema,
  ),
  'openbao.login': mutation(
    z.discriminatedUnion('method', [
      z.object({ method: z.literal('token'), token: z.string().min(1).max(500) }),
      z.object({ method: z.literal('approle'), roleId: z.string().max(200), secretId: z.string().max(200) }),
      /** The AppRole of the console itself, from the work directory. */
      z.object({ method: z.literal('console') }),
    ]),
    openbaoStatusSchema,
  ),
  'openbao.logout': mutation(z.object({}), openbaoStatusSchema),
  'openbao.ceremony': query(z.object({}), ceremonySchema),
  /** Shows one custodian's share, once asked for, audited; the caller hides it after `expiresAt`. */
  'openbao.ceremonyReveal': mutation(
    z.object({ index: z.number().int().min(0), passphrase: z.string().min(1).max(1000) }),
    z.object({ share: z.string(), expiresAt: z.number() }),
  ),
  /** The custodian proves the note by its last six characters. After the last one the recovery file is destroyed. */
  'openbao.ceremonyConfirm': mutation(
    z.object({
      index: z.number().int().min(0),
      passphrase: z.string().min(1).max(1000),
      lastCharacters: z.string().min(6).max(6),
    }),
    ceremonySchema,
  ),
};
