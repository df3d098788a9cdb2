import type { z } from 'zod';
import type {
  ScheduleCredential,
  ScheduleList,
  ScheduleRunner,
  schedulesContract,
  ScheduleView,
  TokenFinding,
} from '../../shared/contract/schedules.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ExclusiveLock, readLockNote } from '../workspace/exclusive-lock.ts';
import { calendar, momentsBetween, nextMoment } from './calendar.ts';
import { checkUnattended, type Engine } from './scheduler.ts';
import type { Schedules, StoredSchedule } from './schedules.ts';

type Contract = typeof schedulesContract;
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: { readonly actor: string },
) => Promise<z.output<Contract[N]['output']>>;
export type ScheduleHandlers = { readonly [N in Exclude<keyof Contract, 'schedules.run'>]: Handler<N> };

export interface ScheduleDeps {
  readonly schedules: Schedules;
  readonly engine: Pick<Engine, 'plan'>;
  readonly audit: Pick<AuditLog, 'append'>;
  /** The lock of the scheduler that runs. */
  readonly lockPath: string;
  readonly now: () => number;
  readonly credential: () => Promise<ScheduleCredential>;
  readonly runners: () => Promise<ScheduleRunner[]>;
  readonly tokens: () => Promise<{ readonly findings: TokenFinding[]; readonly files: number }>;
}

const day = 24 * 3_600_000;
/** A scheduler that was restarted or waits for another operation is not late yet. */
const graceMs = 20 * 60_000;
const previewAtMost = 1_000;

/**
 * Since when a moment of the calendar has passed without a run, and the grace with it: the first of those, for one that comes more
 * often than the grace would never be late by its last.
 */
export async function missedSince(
  schedules: Schedules,
  schedule: StoredSchedule,
  now: number,
): Promise<number | undefined> {
  if (!schedule.enabled) return undefined;
  const handled = (await schedules.lastRun(schedule.id))?.dueAt ?? 0;
  const due = nextMoment(schedule, Math.max(schedule.savedAt, handled));
  return due !== undefined && now - due > graceMs ? due : undefined;
}

async function viewOf(
  { schedules, now }: Pick<ScheduleDeps, 'schedules' | 'now'>,
  schedule: StoredSchedule,
): Promise<ScheduleView> {
  const [lastRun, missed] = [
    await schedules.lastRun(schedule.id),
    await missedSince(schedules, schedule, now()),
  ];
  const nextAt = schedule.enabled ? nextMoment(schedule, now()) : undefined;
  return {
    ...schedule,
    title: message('schedule.title', { kind: schedule.kind }),
    ...(nextAt === undefined ? {} : { nextAt }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(missed === undefined ? {} : { missedSince: missed }),
  };
}

/** Every schedule with its next and last run, and who runs them. */
export async function scheduleList(
  deps: Pick<ScheduleDeps, 'schedules' | 'lockPath' | 'now'>,
): Promise<ScheduleList> {
  const note = ExclusiveLock.isHeld(deps.lockPath) ? await readLockNote(deps.lockPath) : undefined;
  const views = await Promise.all((await deps.schedules.all()).map((one) => viewOf(deps, one)));
  return {
    schedules: views,
    ...(note === undefined ? {} : { scheduler: { pid: note.pid, since: note.since } }),
  };
}

/** @param deps of the workspace that is open, asked at each call. Throws `no_workspace` */
export const scheduleHandlers = (deps: () => ScheduleDeps): ScheduleHandlers => ({
  'schedules.list': async () => scheduleList(deps()),
  async 'schedules.save'(schedule, { actor }) {
    const world = deps();
    calendar(schedule);
    checkUnattended(await world.engine.plan(schedule.kind, schedule.input));
    await world.schedules.save(schedule, world.now());
    const { id: target, kind, cron, timezone, enabled } = schedule;
    const details = { kind, cron, timezone, enabled: enabled ? 1 : 0 };
    await world.audit.append({ actor, action: 'schedule.save', target, outcome: 'done', details });
    return scheduleList(world);
  },
  async 'schedules.remove'({ id }, { actor }) {
    const world = deps();
    const known = await world.schedules.all();
    if (!known.some((one) => one.id === id)) throw new ConsoleError('schedule_unknown', { id });
    await world.schedules.remove(id);
    await world.audit.append({ actor, action: 'schedule.remove', target: id, outcome: 'done', details: {} });
    return scheduleList(world);
  },
  'schedules.credential': async () => deps().credential(),
  'schedules.runners': async () => deps().runners(),
  'schedules.tokens': async () => deps().tokens(),
  async 'schedules.preview'({ days, of }) {
    const { schedules, now } = deps();
    const from = now();
    const to = from + days * day;
    if (of !== undefined) return momentsBetween(of, from, to, previewAtMost).map((at) => ({ at, id: '' }));
    const moments = (await schedules.all())
      .filter(({ enabled }) => enabled)
      .flatMap((one) => momentsBetween(one, from, to, previewAtMost).map((at) => ({ at, id: one.id })));
    return moments.sort((one, other) => one.at - other.at).slice(0, previewAtMost);
  },
});
