import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { mutation, query } from './procedure.ts';
import { lifetimeSchema, serviceAddSchema, syncItemSchema } from './services.ts';
import { fieldProblemSchema } from './setup.ts';

/** Input of the operation `host.add`: a service on another host. All paths are absolute and of that host. */
export const hostAddSchema = serviceAddSchema.omit({ servedAt: true, secretIdPath: true }).extend({
  /** role_id, secret_id and eab.json are in `secrets` below it. */
  directory: z.string().min(1).max(4096),
  /** Addresses as that host reaches them. */
  openbaoUrl: z.string().min(1).max(500),
  agentServer: z.string().min(1).max(500),
  responderUrl: z.string().min(1).max(500),
  /** How long the wrapping token in bootstrap.json lives. */
  wrapTtl: lifetimeSchema,
});
export type HostAdd = z.infer<typeof hostAddSchema>;

/** Input of the operation `host.handover`: a fresh secret_id in a fresh bootstrap.json. */
export const handoverSchema = z.object({
  ids: z.array(z.string().min(1).max(131)).min(1).max(5000),
  /** As the service's entry says unless given. */
  wrapTtl: lifetimeSchema.optional(),
});

/** Input of the operation `host.freeze`. */
export const freezeSchema = z.object({ id: z.string().min(1).max(131), wrapTtl: lifetimeSchema.optional() });

/** Input of the operation `host.carry`: the hand-over is carried over, and taken there, by this host's own `ssh`. */
export const carrySchema = z.object({
  id: z.string().min(1).max(131),
  /** `host` or `user@host`, as `ssh` takes it. */
  to: z
    .string()
    .max(320)
    .regex(/^(?:[A-Za-z_][A-Za-z0-9_.-]{0,63}@)?[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/),
  port: z.number().int().min(1).max(65_535).optional(),
  /** Whether that user needs sudo, without a password, for the service's files. */
  sudo: z.boolean().default(true),
  /** Whether the command is run there too. */
  bootstrap: z.boolean().default(true),
});

/** Where the hand-over stands: nothing made, not opened yet, opened without a word from the host, expired unopened, taken. */
export const handoverStates = ['none', 'waiting', 'opened', 'expired', 'taken'] as const;
export const hostStates = ['applied', 'pending', 'failed', 'expired', 'silent', 'opened', 'none'] as const;

const hostItemSchema = syncItemSchema.extend({ error: messageSchema.optional() });

export const hostRowSchema = z.object({
  id: z.string(),
  host: z.string(),
  identity: z.string(),
  /** The worst of its items and its hand-over. */
  state: z.enum(hostStates),
  items: z.array(hostItemSchema),
  handover: z.object({ state: z.enum(handoverStates), expiresAt: z.number().optional() }),
  /** Unix milliseconds of its last report. */
  lastSeen: z.number().optional(),
  version: z.string().optional(),
  /** Of its certificate, as the host says. */
  notAfter: z.number().optional(),
  nextRenewal: z.number().optional(),
  lastError: messageSchema.optional(),
});
export type HostRow = z.infer<typeof hostRowSchema>;

export const hostDetailSchema = hostRowSchema.extend({
  /** bootstrap.json on this machine, and where it goes on that host. */
  artifactPath: z.string(),
  artifactTarget: z.string(),
  /** The one command on that host. */
  command: z.string(),
  /** Carries the file over, for copying. */
  copyCommand: z.string(),
  /** What the command will do there, a sentence each. */
  effects: z.array(messageSchema),
  /** Templates for repeating it. */
  templates: z.array(z.object({ name: z.string(), path: z.string(), text: z.string() })),
});
export type HostDetail = z.infer<typeof hostDetailSchema>;

const id = z.object({ id: z.string().min(1).max(131) });

/** Operations of this task: `host.add`, `host.handover`, `host.carry`, `host.freeze`. */
export const hostsContract = {
  'hosts.list': query(
    z.object({
      search: z.string().max(200).default(''),
      /** Empty: every state. */
      states: z.array(z.enum(hostStates)).max(10).default([]),
      sort: z.enum(['host', 'seen', 'renewal', 'state']).default('host'),
      descending: z.boolean().default(false),
      offset: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(500).default(200),
    }),
    z.object({
      total: z.number().int(),
      matching: z.number().int(),
      attention: z.number().int(),
      /** Unix milliseconds of the last time that reports were fetched. */
      collectedAt: z.number().optional(),
      items: z.array(hostRowSchema),
    }),
  ),
  'hosts.show': query(id, hostDetailSchema),
  'hosts.defaults': query(z.object({ serviceName: z.string().max(63).optional() }), hostAddSchema),
  'hosts.check': query(
    z.object({ input: z.unknown() }),
    z.object({ identity: z.string(), problems: z.array(fieldProblemSchema) }),
  ),
  /** Fetches the reports of all hosts from OpenBao and takes over what they say. */
  'hosts.collect': mutation(
    z.object({}),
    z.object({ asked: z.number().int(), answered: z.number().int(), changed: z.number().int() }),
  ),
  /**
   * Writes the hand-over as a sheet to print, for a host that no file can be carried to. It is 0600 beside bootstrap.json, whose secret it
   * holds, and goes with the next hand-over. Audited.
   */
  'hosts.print': mutation(
    id.extend({ locale: z.enum(['en', 'ko']) }),
    z.object({ path: z.string(), lines: z.number().int() }),
  ),
  /** `service sync-status`: takes over a summary that was carried here by hand. */
  'hosts.applySummary': mutation(
    id.extend({ summary: z.string().max(100_000) }),
    z.object({ changed: z.array(z.string()) }),
  ),
};
