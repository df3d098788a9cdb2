import { describe, expect, it } from 'vitest';
import { lastMoment, momentsBetween, nextMoment } from './calendar.ts';

const berlin = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

describe('the calendar', () => {
  it('runs once on the day on which the clock skips the moment, and once where it comes twice', () => {
    const spring = momentsBetween(berlin, Date.UTC(2027, 2, 27, 12), Date.UTC(2027, 2, 29, 12), 10);
    expect(spring.map(iso)).toEqual(['2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z']);
    const autumn = momentsBetween(berlin, Date.UTC(2027, 9, 30, 12), Date.UTC(2027, 10, 1, 12), 10);
    expect(autumn.map((at) => iso(at)?.slice(0, 10))).toEqual(['2027-10-31', '2027-11-01']);
  });

  it('knows the last moment that has passed, and none that was handled', () => {
    const now = Date.UTC(2027, 5, 10, 12);
    const due = Date.UTC(2027, 5, 10, 0, 30);
    expect(lastMoment(berlin, now - 30 * 24 * 3_600_000, now)).toBe(due);
    expect(lastMoment(berlin, due, now)).toBeUndefined();
    expect(lastMoment(berlin, due - 1, due)).toBe(due);
    expect(nextMoment(berlin, now)).toBe(due + 24 * 3_600_000);
  });

  it('refuses what is no calendar, seconds, and a zone that does not exist', () => {
    for (const cron of ['', 'every day', '* * * * * *', '61 * * * *'])
      expect(() => nextMoment({ ...berlin, cron }, 0)).toThrowError(
        expect.objectContaining({ code: 'schedule_bad_calendar' }),
      );
    expect(() => nextMoment({ ...berlin, timezone: 'Mars/Olympus' }, 0)).toThrowError(
      expect.objectContaining({ code: 'schedule_bad_timezone' }),
    );
  });
});
