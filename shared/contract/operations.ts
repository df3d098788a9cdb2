import * as z from 'zod';
import { errorDataSchema } from '../errors.ts';
import { messageSchema } from '../message.ts';
import { mutation, query, stream } from './procedure.ts';

/** One exact effect of a step, as the plan shows it. Secrets appear only as `•••• sha256:ab12cd34`. */
export const effectSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    action: z.enum(['create', 'change', 'remove']),
    mode: z.string().optional(),
    /** Unified diff with secrets masked. */
    diff: z.string().optional(),
  }),
  z.object({
    kind: z.literal('openbao'),
    path: z.string(),
    action: z.enum(['create', 'change', 'remove']),
    what: z.enum(['kv', 'policy', 'approle', 'auth', 'mount', 'token', 'init', 'audit']),
    /** For example the policy's text or the secret's masked keys. */
    detail: z.string().optional(),
  }),
  z.object({ kind: z.literal('database'), action: z.enum(['create', 'change', 'remove']), name: z.string() }),
  z.object({
    kind: z.literal('process'),
    name: z.string(),
    action: z.enum(['start', 'stop', 'restart', 'reload']),
    note: messageSchema.optional(),
  }),
  z.object({ kind: z.literal('download'), name: z.string(), version: z.string(), how: z.string() }),
  z.object({ kind: z.literal('certificate'), subject: z.string(), names: z.array(z.string()) }),
  z.object({ kind: z.literal('touches'), who: z.string(), note: messageSchema }),
]);
export type Effect = z.infer<typeof effectSchema>;

export const planStepSchema = z.object({
  id: z.string(),
  title: messageSchema,
  effects: z.array(effectSchema),
  /** False: what this step does cannot be undone; the plan marks its line. */
  undoable: z.boolean(),
});
export type PlanStep = z.infer<typeof planStepSchema>;

export const preconditionSchema = z.object({
  id: z.string(),
  title: messageSchema,
  met: z.boolean(),
  detail: messageSchema.optional(),
});
export type Precondition = z.infer<typeof preconditionSchema>;

/** A value that the operator gives for one run: kept in memory only, never in the journal. Asked again on resume. */
export const secretInputSchema = z.object({
  name: z.string(),
  label: messageSchema,
  hint: messageSchema.optional(),
  minLength: z.number().int(),
  /** True: the operator sets a new secret, so it is asked twice. */
  fresh: z.boolean(),
});
export type SecretInput = z.infer<typeof secretInputSchema>;

export const planSchema = z.object({
  kind: z.string(),
  title: messageSchema,
  /** The sentence of the whole. */
  summary: messageSchema,
  steps: z.array(planStepSchema),
  preconditions: z.array(preconditionSchema),
  secretInputs: z.array(secretInputSchema),
  /** `typed` is set when the operator must type it to confirm what is final. */
  confirm: z.object({ verb: messageSchema, typed: z.string().optional() }),
  /** SHA-256 over kind, input and steps: what was confirmed is what runs. */
  digest: z.string(),
});
export type Plan = z.infer<typeof planSchema>;

export const proofSchema = z.object({
  title: messageSchema,
  outcome: z.enum(['proved', 'not_proved', 'pending', 'contradicted']),
  evidence: messageSchema.optional(),
  /** Unix milliseconds. */
  at: z.number(),
});
export type Proof = z.infer<typeof proofSchema>;

export const stepStateSchema = z.enum([
  'waiting',
  'running',
  'done',
  'skipped',
  'failed',
  'undoing',
  'undone',
]);
export type StepState = z.infer<typeof stepStateSchema>;

export const operationStateSchema = z.enum([
  'running',
  'paused',
  'done',
  'pending',
  'failed',
  'cancelled',
  'interrupted',
  'undoing',
  'undone',
]);
export type OperationState = z.infer<typeof operationStateSchema>;

/** One serialisable record per operation: the only thing hosts know of it. Times are unix milliseconds. */
export const operationSchema = z.object({
  id: z.string(),
  kind: z.string(),
  title: messageSchema,
  state: operationStateSchema,
  actor: z.string(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
  planDigest: z.string(),
  /** 0 to 1, weighted by step. */
  progress: z.number(),
  steps: z.array(
    z.object({
      id: z.string(),
      title: messageSchema,
      state: stepStateSchema,
      undoable: z.boolean(),
      startedAt: z.number().optional(),
      endedAt: z.number().optional(),
    }),
  ),
  error: errorDataSchema.optional(),
  proofs: z.array(proofSchema),
  /** Fingerprints before and after, never values. */
  changes: z.array(
    z.object({ what: z.string(), before: z.string().optional(), after: z.string().optional() }),
  ),
  /** Secret inputs that a resume needs again. */
  secretInputs: z.array(secretInputSchema),
  canResume: z.boolean(),
  canUndo: z.boolean(),
  canCancel: z.boolean(),
  /** Id of a later operation of the same kind that took over what this one left half-way: it can be neither resumed nor undone. */
  supersededBy: z.string().optional(),
});
export type Operation = z.infer<typeof operationSchema>;

export const operationLogSchema = z.object({
  operationId: z.string(),
  at: z.number(),
  stepId: z.string().optional(),
  level: z.enum(['info', 'warn', 'error']),
  message: messageSchema,
});
export type OperationLog = z.infer<typeof operationLogSchema>;

export const operationEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('operation'), operation: operationSchema }),
  z.object({ type: z.literal('log'), log: operationLogSchema }),
]);
export type OperationEvent = z.infer<typeof operationEventSchema>;

const id = z.object({ id: z.string().min(1).max(64) });
const request = { kind: z.string().max(64), input: z.unknown() };

export const operationsContract = {
  /** The plan of what would happen. No effect. */
  'operations.plan': query(z.object(request), planSchema),
  /** Starts exactly the plan with this digest; a world that changed since then is refused with `plan_changed`. */
  'operations.start': mutation(
    z.object({
      ...request,
      digest: z.string(),
      secrets: z.record(z.string(), z.string().max(4096)).default({}),
      typed: z.string().max(200).optional(),
    }),
    operationSchema,
  ),
  'operations.list': query(
    z.object({ limit: z.number().int().min(1).max(500).default(100) }),
    z.array(operationSchema),
  ),
  'operations.show': query(id, z.object({ operation: operationSchema, logs: z.array(operationLogSchema) })),
  /** The record now, then every change and log line, of one operation or (no id) of all of this workspace. */
  'operations.watch': stream(z.object({ id: z.string().max(64).optional() }), operationEventSchema),
  'operations.cancel': mutation(id, operationSchema),
  /** Stops before the next step; what runs is brought to its end first. */
  'operations.pause': mutation(id, operationSchema),
  'operations.resume': mutation(
    id.extend({ secrets: z.record(z.string(), z.string().max(4096)).default({}) }),
    operationSchema,
  ),
  'operations.undo': mutation(
    id.extend({ secrets: z.record(z.string(), z.string().max(4096)).default({}) }),
    operationSchema,
  ),
};
