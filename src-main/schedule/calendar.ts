import { Cron } from 'croner';
import { ConsoleError } from '../../shared/errors.ts';
import type { Schedule } from '../../shared/contract/schedules.ts';

/**
 * The calendar of one schedule. A moment that daylight saving leaves out comes at the end of the gap, one that it brings
 * twice comes once, the first time.
 * @throws ConsoleError `schedule_bad_calendar`, `schedule_bad_timezone`
 */
export function calendar({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>): Cron {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch (cause) {
    throw new ConsoleError('schedule_bad_timezone', { timezone: timezone.slice(0, 60) }, { cause });
  }
  try {
    // Seconds would allow what no rotation should do: run every second.
    if (cron.trim().split(/\s+/).length !== 5) throw new Error('five fields');
    return new Cron(cron, { timezone, paused: true });
  } catch (cause) {
    throw new ConsoleError('schedule_bad_calendar', { cron: cron.slice(0, 100) }, { cause });
  }
}

/** @returns unix milliseconds; undefined: never again */
export const nextMoment = (of: Pick<Schedule, 'cron' | 'timezone'>, after: number): number | undefined =>
  calendar(of).nextRun(new Date(after))?.getTime();

/** The last moment of the calendar that is later than `after` and not later than `now`. */
export function lastMoment(
  of: Pick<Schedule, 'cron' | 'timezone'>,
  after: number,
  now: number,
): number | undefined {
  const at = calendar(of)
    // Of the present second too; the first of the two may then still be to come.
    .previousRuns(2, new Date(now + 1000))
    .map((moment) => moment.getTime())
    .find((moment) => moment <= now);
  return at !== undefined && at > after ? at : undefined;
}

/** Every moment in `(from, to]`, `most` at most. */
export function momentsBetween(
  of: Pick<Schedule, 'cron' | 'timezone'>,
  from: number,
  to: number,
  most: number,
): number[] {
  const found: number[] = [];
  const cron = calendar(of);
  let at = cron.nextRun(new Date(from))?.getTime();
  while (at !== undefined && at <= to && found.length < most) {
    found.push(at);
    at = cron.nextRun(new Date(at))?.getTime();
  }
  return found;
}
