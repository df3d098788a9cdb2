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

const listSchema = z.object({
  schedules: z.array(scheduleViewSchema),
  scheduler: schedulerSchema.optional(),
});
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
    z.object({ days: z.number().int().min(1).max(366).default(30) }),
    z.array(z.object({ at: z.number(), id: z.string() })),
  ),
};
