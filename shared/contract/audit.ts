import * as z from 'zod';
import { query } from './procedure.ts';

/** One line of the audit log. Details are fingerprints, names and counts, never secrets. */
export const auditEntrySchema = z.object({
  seq: z.number().int(),
  /** Unix milliseconds. */
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  outcome: z.enum(['started', 'done', 'failed', 'refused', 'pending', 'cancelled', 'interrupted', 'undone']),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** The first place where the chain does not hold, if any. */
export const auditVerdictSchema = z.object({
  intact: z.boolean(),
  entries: z.number().int(),
  broken: z
    .object({ seq: z.number().int(), how: z.enum(['edited', 'missing', 'truncated', 'foreign']) })
    .optional(),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;

export const auditContract = {
  /** Newest first; `before` continues an earlier page. */
  'audit.list': query(
    z.object({
      before: z.number().int().optional(),
      limit: z.number().int().min(1).max(1000).default(200),
      search: z.string().max(200).default(''),
    }),
    z.object({ entries: z.array(auditEntrySchema), total: z.number().int() }),
  ),
  'audit.verify': query(z.object({}), auditVerdictSchema),
};
