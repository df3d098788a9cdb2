import { expect, test } from 'vitest';
import { clockOf, cronOf, firstForm, formOf, parseClock } from './calendar-form.ts';

test.each([
  ['5 * * * *', 'hourly'],
  ['0 3 * * *', 'daily'],
  ['30 23 * * 5', 'weekly'],
  ['15 4 28 * *', 'monthly'],
])('%s is %s, and the same again', (cron, frequency) => {
  expect(formOf(cron)).toMatchObject({ frequency });
  expect(cronOf(formOf(cron))).toBe(cron);
});

test.each(['*/5 * * * *', '0 3 31 * *', '0 3 1 1 *', '0 3 1 * 1', '0 3 * *', 'x', '0 25 * * *', '0 3 0 * *'])(
  '%s stays as it is written',
  (cron) => {
    expect(formOf(cron).frequency).toBe('custom');
    expect(cronOf(formOf(cron))).toBe(cron);
  },
);

test('Sunday has two numbers', () => {
  expect(formOf('0 3 * * 7').weekday).toBe(0);
});

test('times of a day', () => {
  expect(parseClock('7:05')).toEqual({ hour: 7, minute: 5 });
  expect(clockOf({ ...firstForm, hour: 7, minute: 5 })).toBe('07:05');
  for (const text of ['24:00', '7', '07:60', '']) expect(parseClock(text)).toBeUndefined();
});
