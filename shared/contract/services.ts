import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { mutation, query } from './procedure.ts';
import { fieldProblemSchema } from './setup.ts';

/** How a service is made to read its new certificate. `process`: SIGHUP by the name of the program or by a pid file. */
export const reloadStyles = [
  'none',
  'nginx',
  'apache',
  'haproxy',
  'postgresql',
  'unit',
  'container-signal',
  'container-restart',
  'process',
  'command',
] as const;
export type ReloadStyle = (typeof reloadStyles)[number];

/** What runs after a renewal. */
export const serviceReloadSchema = z.object({
  style: z.enum(reloadStyles),
  /** A unit, a container, a file or a directory: what the style asks for. */
  target: z.string().max(4096).optional(),
  /** Arguments of a `command`. */
  args: z.array(z.string().max(4096)).max(64).optional(),
  timeoutSecs: z.number().int().min(1).max(86_400).optional(),
  onFailure: z.enum(['continue', 'stop']).optional(),
});
export type ServiceReload = z.infer<typeof serviceReloadSchema>;

/** `24h`, `90m`, `3600s` or bare seconds, as OpenBao takes them. */
export const lifetimeSchema = z.string().regex(/^[1-9]\d{0,6}[smh]?$/);
/** Address ranges that a login's token is bound to. */
export const cidrsSchema = z
  .array(z.union([z.cidrv4(), z.cidrv6()]))
  .min(1)
  .max(64);

/** Input of the operation `service.add`. */
export const serviceAddSchema = z.object({
  /** DNS label; also the registration id unless one is given. */
  serviceName: z.string().min(1).max(63),
  registrationId: z.string().max(131).optional(),
  instanceId: z.string().min(1).max(20),
  hostname: z.string().min(1).max(63),
  domain: z.string().min(1).max(200),
  deployType: z.enum(['daemon', 'docker']),
  containerName: z.string().max(120).optional(),
  /** Relative paths are below the work directory. */
  agentConfigPath: z.string().min(1).max(4096),
  certPath: z.string().min(1).max(4096),
  keyPath: z.string().min(1).max(4096),
  notes: z.string().max(500).optional(),
  /** Where its secret_id goes; role_id and eab.json lie beside it. */
  secretIdPath: z.string().min(1).max(4096).optional(),
  /** Lifetime of each secret_id; the role's own day unless given. */
  secretIdTtl: lifetimeSchema.optional(),
  boundCidrs: cidrsSchema.optional(),
  /** Group, by number, that may read certificate and key: modes 0640 and 0750. */
  certGroupGid: z.number().int().min(1).max(4_294_967_294).optional(),
  /** Values of agent.toml in place of the installation's. */
  agentEmail: z.string().max(200).optional(),
  agentServer: z.string().min(1).max(500).optional(),
  responderUrl: z.string().min(1).max(500).optional(),
  reload: serviceReloadSchema.optional(),
  /** `host:port` where the new leaf must be seen after the hooks; `postgresql://host:port` for a server that begins in plain text. */
  servedAt: z.string().max(300).optional(),
});
export type ServiceAdd = z.infer<typeof serviceAddSchema>;

/**
 * Input of the operation `service.update`: how each next secret_id is bound. `inherit` and `clear` go back to the role's own
 * (formats-newer.md, "service update"); what is not given stays.
 */
export const serviceUpdateSchema = z.object({
  id: z.string().min(1).max(131),
  secretIdTtl: z.union([lifetimeSchema, z.literal('inherit')]).optional(),
  wrapTtl: z.union([lifetimeSchema, z.literal('inherit')]).optional(),
  boundCidrs: z.union([cidrsSchema, z.literal('clear')]).optional(),
});
export type ServiceUpdate = z.infer<typeof serviceUpdateSchema>;

/** How soon the leaf on disk ends: within {@link soonMs}, later, past, or there is none. */
export const leafEnds = ['none', 'expired', 'soon', 'later'] as const;
export type LeafEnd = (typeof leafEnds)[number];
/** What counts as soon, milliseconds. */
export const soonMs = 8 * 3_600_000;

export const rungs = ['configured', 'on_disk', 'loaded', 'served', 'trusted'] as const;

/** One rung of the evidence ladder: proved (when), not proved (why not), contradicted (by what), or never asked. */
export const rungOutcomes = ['proved', 'not_proved', 'contradicted', 'unknown'] as const;
export const rungSchema = z.object({
  rung: z.enum(rungs),
  outcome: z.enum(rungOutcomes),
  /** Unix milliseconds of the last proof or refutation. */
  at: z.number().optional(),
  evidence: z.array(messageSchema),
});
export type Rung = z.infer<typeof rungSchema>;

export const syncItemSchema = z.object({
  item: z.enum(['secret_id', 'eab', 'responder_hmac', 'trust_sync']),
  status: z.enum(['none', 'pending', 'applied', 'failed', 'expired']),
  expiresAt: z.number().optional(),
});

export const serviceSummarySchema = z.object({
  id: z.string(),
  serviceName: z.string(),
  instanceId: z.string(),
  hostname: z.string(),
  domain: z.string(),
  /** The one DNS SAN: `<instance>.<service>.<hostname>.<domain>`. */
  identity: z.string(),
  deliveryMode: z.enum(['local-file', 'remote-bootstrap']),
  deployType: z.enum(['daemon', 'docker']),
  /** Not-after of the leaf on disk, unix milliseconds. */
  expiresAt: z.number().optional(),
  ladder: z.array(rungSchema),
});
export type ServiceSummary = z.infer<typeof serviceSummarySchema>;

/** What the renewal agent of a service wrote of its certificate, and whether the console runs that agent. Unix milliseconds. */
export const renewalSchema = z.object({
  /** Absent: the console does not run it; the record says when one looked last. */
  agent: z.enum(['stopped', 'running', 'restarting', 'failed']).optional(),
  checkedAt: z.number().optional(),
  outcome: z.enum(['current', 'renewed', 'failed']).optional(),
  renewedAt: z.number().optional(),
  nextAt: z.number().optional(),
  /** Why the last try failed and what helps; only while it did. */
  error: z.object({ what: messageSchema, next: messageSchema }).optional(),
  failures: z.number().int().optional(),
});

export const serviceDetailSchema = serviceSummarySchema.extend({
  certPath: z.string(),
  keyPath: z.string(),
  bundlePath: z.string(),
  agentConfigPath: z.string(),
  secretIdPath: z.string(),
  roleName: z.string(),
  policyName: z.string(),
  notes: z.string().optional(),
  sync: z.array(syncItemSchema),
  /** Absent where no agent has left a record and the console runs none. */
  renewal: renewalSchema.optional(),
  /** The same thing as a command line, for copying. */
  command: z.string(),
});
export type ServiceDetail = z.infer<typeof serviceDetailSchema>;

/** Of each facet any of the values; a facet that is not given leaves all. */
export const serviceFiltersSchema = z.object({
  /** Of the lowest rung that is not proved; `proved`: all are. */
  outcome: z.array(z.enum(rungOutcomes)).max(4).optional(),
  leaf: z.array(z.enum(leafEnds)).max(4).optional(),
  delivery: z
    .array(z.enum(['local-file', 'remote-bootstrap']))
    .max(2)
    .optional(),
  deploy: z
    .array(z.enum(['daemon', 'docker']))
    .max(2)
    .optional(),
});
export type ServiceFilters = z.infer<typeof serviceFiltersSchema>;

const id = z.object({ id: z.string().min(1).max(131) });

/** Operations of this task: `service.add`, `service.update`, `service.issue` ({id}), `service.remove` ({id}). */
export const servicesContract = {
  'services.list': query(
    z.object({
      search: z.string().max(200).default(''),
      filters: serviceFiltersSchema.default({}),
      sort: z.enum(['name', 'expiry', 'rung']).default('name'),
      descending: z.boolean().default(false),
      offset: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(500).default(200),
    }),
    z.object({ total: z.number().int(), matching: z.number().int(), items: z.array(serviceSummarySchema) }),
  ),
  'services.show': query(id, serviceDetailSchema),
  'services.defaults': query(z.object({ serviceName: z.string().max(63).optional() }), serviceAddSchema),
  'services.check': query(
    z.object({ input: z.unknown() }),
    z.object({ identity: z.string(), problems: z.array(fieldProblemSchema) }),
  ),
  /** Proves every rung live: files, pins, login, a real mTLS handshake both ways and a refused one. Audited, changes nothing. */
  'services.prove': mutation(id, serviceDetailSchema),
};
