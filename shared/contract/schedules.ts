import * as z from 'zod';
import { errorDataSchema } from '../errors.ts';
import { messageSchema } from '../message.ts';
import { mutation, query, stream } from './procedure.ts';

/** An operation on a calendar. `cron`: five fields (minute hour day month weekday) in `timezone` (IANA name). */
export const scheduleSchema = z.object({
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/),
  /** Kind of the operation, as for `operations.plan`. */
  kind: z.string().min(1).max(80),
  input: z.unknown(),
  cron: z.string().min(1).max(100),
  timezone: z.string().min(1).max(60),
  enabled: z.boolean().default(true),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** refused: its plan could not start. Times are unix milliseconds. */
export const scheduleRunSchema = z.object({
  /** The moment of the calendar that this run stands for. */
  dueAt: z.number(),
  at: z.number(),
  outcome: z.enum(['running', 'done', 'pending', 'failed', 'refused']),
  operationId: z.string().optional(),
  error: errorDataSchema.optional(),
});
export type ScheduleRun = z.infer<typeof scheduleRunSchema>;

export const scheduleViewSchema = scheduleSchema.extend({
  title: messageSchema,
  nextAt: z.number().optional(),
  lastRun: scheduleRunSchema.optional(),
  /** A moment of the calendar has passed and nothing ran: since when. */
  missedSince: z.number().optional(),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

/** Who runs the schedules now; absent: nobody. */
export const schedulerSchema = z.object({ pid: z.number().int(), since: z.number() });

/**
 * The credential of unattended runs. none: they use the console's own. narrower: the schedules reach more than it may, so it has to be
 * made anew; wider: less.
 */
export const scheduleCredentialSchema = z.object({
  state: z.enum(['none', 'ready', 'narrower', 'wider', 'unknown']),
  path: z.string(),
});
export type ScheduleCredential = z.infer<typeof scheduleCredentialSchema>;

const listSchema = z.object({
  schedules: z.array(scheduleViewSchema),
  scheduler: schedulerSchema.optional(),
});

/** A token in a crontab or a unit: where, and under which name it stands. Never its value. */
export const tokenFindingSchema = z.object({
  path: z.string(),
  line: z.number().int().min(1),
  /** Name of the variable or option, or `hvs.…` for a bare value. */
  name: z.string(),
});
export type TokenFinding = z.infer<typeof tokenFindingSchema>;

/** How the schedules can be run, each as files to copy. */
export const scheduleRunnerSchema = z.object({
  id: z.enum(['unit', 'timer', 'cron']),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  /** Commands that put it into effect. */
  commands: z.array(z.string()),
});
export type ScheduleRunner = z.infer<typeof scheduleRunnerSchema>;

/** A calendar that is not saved yet. */
const calendarSchema = scheduleSchema.pick({ cron: true, timezone: true });
export type ScheduleList = z.infer<typeof listSchema>;

export const schedulesContract = {
  'schedules.list': query(z.object({}), listSchema),
  /** Adds or replaces. Refused when nobody could confirm it: typed words, secrets to give. Audited. */
  'schedules.save': mutation(scheduleSchema, listSchema),
  'schedules.remove': mutation(z.object({ id: z.string() }), listSchema),
  /** Runs them as long as it is watched: what ran, as it ends. Refused where another process runs them: `scheduler_running`. */
  'schedules.run': stream(
    z.object({ once: z.boolean().default(false) }),
    z.object({ id: z.string(), run: scheduleRunSchema }),
  ),
  /** Every moment of the days to come, in order; at most 1,000. */
  'schedules.preview': query(
    z.object({
      days: z.number().int().min(1).max(366).default(30),
      /** Of this calendar alone, under the id ``. Throws as saving it would. */
      of: calendarSchema.optional(),
    }),
    z.array(z.object({ at: z.number(), id: z.string() })),
  ),
  'schedules.credential': query(z.object({}), scheduleCredentialSchema),
  'schedules.runners': query(z.object({}), z.array(scheduleRunnerSchema)),
  /** Looks through crontabs, cron directories and units of this host for tokens that stand in them. */
  'schedules.tokens': query(
    z.object({}),
    z.object({ findings: z.array(tokenFindingSchema), files: z.number().int() }),
  ),
};
