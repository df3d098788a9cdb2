import * as z from 'zod';
import { errorDataSchema } from '../errors.ts';
import { messageSchema } from '../message.ts';
import { needSchema } from './home.ts';
import { mutation, query, stream } from './procedure.ts';

/** verify: every service's ladder, live. issuance: an order as an agent would place it, thrown away. */
export const checkKinds = ['verify', 'issuance'] as const;

export type CheckKind = (typeof checkKinds)[number];

/** A check that the console has promised to walk. */
export const checkSchema = z.object({
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/),
  kind: z.enum(checkKinds),
  everyMinutes: z.number().int().min(1).max(10_080),
  enabled: z.boolean().default(true),
});
export type Check = z.infer<typeof checkSchema>;

/** Parts of an order, in their order. */
export const acmeStages = ['directory', 'account', 'order', 'challenge', 'finalize'] as const;
export type AcmeStage = (typeof acmeStages)[number];

/** One walk of a check. failed: it ran and found something. refused: it could not run. Times are unix milliseconds. */
export const checkRunSchema = z.object({
  at: z.number(),
  ms: z.number(),
  outcome: z.enum(['passed', 'failed', 'refused']),
  /** Services that were looked at, and how many of them were proved. */
  looked: z.number().int(),
  proved: z.number().int(),
  findings: z.array(z.object({ service: z.string(), problem: messageSchema })),
  error: errorDataSchema.optional(),
});
export type CheckRun = z.infer<typeof checkRunSchema>;

export const checkViewSchema = checkSchema.extend({
  savedAt: z.number(),
  lastRun: checkRunSchema.optional(),
  /** When it runs next as long as somebody runs checks. */
  nextAt: z.number().optional(),
  /** It should have run at this moment and did not. */
  overdueSince: z.number().optional(),
});
export type CheckView = z.infer<typeof checkViewSchema>;

/** Something else that must answer: an agent's or a server's `/metrics`, Prometheus, a page. */
export const targetSchema = z.object({
  name: z.string().min(1).max(80),
  url: z
    .string()
    .max(500)
    .regex(/^https?:\/\/[^\s@]+$/),
});
export type Target = z.infer<typeof targetSchema>;

export const monitoringSettingsSchema = z.object({
  /** Where the charts come from; absent: the console's own history. No credentials in it. */
  prometheusUrl: targetSchema.shape.url.optional(),
  targets: z.array(targetSchema).max(500).default([]),
  /** Below this share of a disk that audit devices write to there is an alarm, percent. */
  diskFloorPercent: z.number().min(1).max(90).default(15),
  /** Larger differences of two clocks are an alarm, seconds. */
  skewSeconds: z.number().min(1).max(300).default(20),
  /** A restore must have been proved within so many days. */
  backupDays: z.number().int().min(1).max(365).default(7),
});
export type MonitoringSettings = z.infer<typeof monitoringSettingsSchema>;

/** What the watch of an installation has found last. Times are unix milliseconds. */
export const monitoringStateSchema = z.object({
  at: z.number(),
  /** The process that watches now; absent: nobody does. */
  watcher: z.object({ pid: z.number().int(), holder: z.string(), since: z.number() }).optional(),
  lastTickAt: z.number().optional(),
  tickMs: z.number().optional(),
  alarms: z.array(needSchema),
  targets: z.array(targetSchema.extend({ up: z.boolean(), problem: z.string().optional() })),
  skews: z.array(z.object({ server: z.string(), seconds: z.number() })),
  disks: z.array(
    z.object({
      path: z.string(),
      freeBytes: z.number(),
      totalBytes: z.number(),
      /** At the growth of the last days. */
      fullAt: z.number().optional(),
    }),
  ),
});
export type MonitoringState = z.infer<typeof monitoringStateSchema>;

export const seriesSchema = z.object({
  name: z.string(),
  /** Unix milliseconds, value; mean over the step. */
  points: z.array(z.tuple([z.number(), z.number()])),
});
export type Series = z.infer<typeof seriesSchema>;

/** Names of the charts. */
export const chartNames = ['issuance', 'failures', 'latency', 'servers', 'evidence', 'needs'] as const;
export const chartsSchema = z.object({
  source: z.enum(['history', 'prometheus']),
  /** Why Prometheus was not used although one is named. */
  problem: messageSchema.optional(),
  from: z.number(),
  to: z.number(),
  stepMs: z.number(),
  charts: z.array(z.object({ name: z.enum(chartNames), series: z.array(seriesSchema) })),
});
export type Charts = z.infer<typeof chartsSchema>;

/** Prometheus and Grafana as containers of this installation. */
export const stackStatusSchema = z.object({
  /** False: `monitoring up` never ran here. */
  written: z.boolean(),
  profile: z.enum(['lan', 'public']).optional(),
  grafanaUrl: z.string().optional(),
  prometheusUrl: z.string().optional(),
  /** Where Prometheus asks the console, `host:port`. */
  exporter: z.string().optional(),
  containers: z.array(z.object({ name: z.string(), state: z.string(), status: z.string() })),
  targets: z.array(
    z.object({
      job: z.string(),
      url: z.string(),
      health: z.enum(['up', 'down', 'unknown']),
      error: z.string().optional(),
    }),
  ),
  /** Of Grafana's administrator. refused: Grafana keeps another than `.env` has. open: it lets in without one. */
  password: z.enum(['accepted', 'refused', 'open', 'unknown']),
  /** Why nothing could be asked. */
  problem: messageSchema.optional(),
});
export type StackStatus = z.infer<typeof stackStatusSchema>;

const checksSchema = z.array(checkViewSchema);

export const monitoringContract = {
  'monitoring.state': query(z.object({}), monitoringStateSchema),
  'monitoring.stack': query(z.object({}), stackStatusSchema),
  'monitoring.settings': query(z.object({}), monitoringSettingsSchema),
  /** Audited. */
  'monitoring.saveSettings': mutation(monitoringSettingsSchema, monitoringSettingsSchema),
  'monitoring.charts': query(
    z.object({
      hours: z
        .number()
        .int()
        .min(1)
        .max(30 * 24)
        .default(24),
    }),
    chartsSchema,
  ),
  /** What `/metrics` answers, in the text format of Prometheus. */
  'monitoring.metrics': query(z.object({}), z.object({ contentType: z.string(), text: z.string() })),
  /** Watches as long as it is followed: history, checks, notifications. Refused where another process watches: `monitor_running`. */
  'monitoring.watch': stream(
    z.object({ once: z.boolean().default(false) }),
    z.object({
      at: z.number(),
      alarms: z.number().int(),
      checks: z.array(z.string()),
      sent: z.number().int(),
    }),
  ),
};

export const checksContract = {
  'checks.list': query(z.object({}), checksSchema),
  /** Adds or replaces. Audited. */
  'checks.save': mutation(checkSchema, checksSchema),
  'checks.remove': mutation(z.object({ id: z.string() }), checksSchema),
  /** Walks it now. */
  'checks.run': mutation(z.object({ id: z.string() }), checksSchema),
};
