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

  it.each([
    // Sydney's island neighbour moves its clock by half an hour: 02:00 to 02:30, and 02:00 back to 01:30.
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-04', ['2026-10-03T15:30']],
    ['Australia/Lord_Howe', '45 1 * * *', '2027-04-04', ['2027-04-03T14:45']],
    ['Europe/Berlin', '30 2 * * *', '2027-03-28', ['2027-03-28T01:00']],
    ['Europe/Berlin', '30 2 * * *', '2027-10-31', ['2027-10-31T00:30']],
    // What runs every hour runs every hour that there is: none is left out, none comes twice.
    [
      'Europe/Berlin',
      '0 1-4 * * *',
      '2027-03-28',
      ['2027-03-28T00:00', '2027-03-28T01:00', '2027-03-28T02:00'],
    ],
    ['Asia/Seoul', '30 2 * * *', '2027-03-28', ['2027-03-27T17:30']],
    ['Asia/Seoul', '30 2 * * *', '2027-10-31', ['2027-10-30T17:30']],
  ] as const)('%s %s on %s: what was promised is what runs', (timezone, cron, day, expected) => {
    const of = { cron, timezone };
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone });
    const noon = Date.parse(`${day}T12:00:00Z`);
    const [from, to] = [noon - 30 * 3_600_000, noon + 30 * 3_600_000];
    const promised = momentsBetween(of, from, to, 50);
    const ofTheDay = promised.filter((at) => local.format(at) === day);
    expect(ofTheDay.map((at) => new Date(at).toISOString().slice(0, 16))).toEqual(expected);
    // A scheduler that looks every half an hour runs the same, each once.
    const ran: number[] = [];
    for (let now = from; now <= to; now += 30 * 60_000) {
      const due = lastMoment(of, ran.at(-1) ?? from, now);
      if (due !== undefined) ran.push(due);
    }
    expect(ran).toEqual(promised);
  });

  it('knows the last moment that has passed, and none that was handled', () => {
    const now = Date.UTC(2027, 5, 10, 12);
    const due = Date.UTC(2027, 5, 10, 0, 30);
    expect(lastMoment(berlin, now - 30 * 24 * 3_600_000, now)).toBe(due);
    expect(lastMoment(berlin, due, now)).toBeUndefined();
    expect(lastMoment(berlin, due - 1, due)).toBe(due);
    expect(nextMoment(berlin, now)).toBe(due + 24 * 3_600_000);
  });

  it('still knows the last moment in the second before the next one', () => {
    const each = { cron: '* * * * *', timezone: 'UTC' };
    const minute = Date.UTC(2027, 5, 10, 12, 30);
    expect(lastMoment(each, minute - 90_000, minute - 300)).toBe(minute - 60_000);
    expect(lastMoment(each, minute - 90_000, minute)).toBe(minute);
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
