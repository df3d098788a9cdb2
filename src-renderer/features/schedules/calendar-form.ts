/** How often, in the words that operators use. custom: whatever five fields say. */
export const frequencies = ['hourly', 'daily', 'weekly', 'monthly', 'custom'] as const;
export type Frequency = (typeof frequencies)[number];

/** A calendar as it is chosen. Fields that a frequency does not need keep what was chosen last. */
export interface CalendarForm {
  readonly frequency: Frequency;
  readonly hour: number;
  readonly minute: number;
  /** 0 is Sunday, as in cron. */
  readonly weekday: number;
  /** 1 to 28: every month has it. */
  readonly day: number;
  readonly cron: string;
}

export const firstForm: CalendarForm = {
  frequency: 'daily',
  hour: 3,
  minute: 0,
  weekday: 1,
  day: 1,
  cron: '0 3 * * *',
};

/** Five fields: minute, hour, day of the month, month, weekday. */
export function cronOf({ frequency, hour, minute, weekday, day, cron }: CalendarForm): string {
  switch (frequency) {
    case 'hourly':
      return `${minute} * * * *`;
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekly':
      return `${minute} ${hour} * * ${weekday}`;
    case 'monthly':
      return `${minute} ${hour} ${day} * *`;
    case 'custom':
      return cron.trim();
  }
}

const number = (text: string | undefined, most: number): number | undefined =>
  text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : undefined;

/** The words for a calendar; custom where there are none. */
export function formOf(cron: string): CalendarForm {
  const custom: CalendarForm = { ...firstForm, frequency: 'custom', cron };
  const [m, h, d, month, w, more] = cron.trim().split(/\s+/);
  const minute = number(m, 59);
  if (minute === undefined || month !== '*' || more !== undefined) return custom;
  const base = { ...firstForm, minute, cron };
  if (h === '*' && d === '*' && w === '*') return { ...base, frequency: 'hourly' };
  const hour = number(h, 23);
  if (hour === undefined) return custom;
  const at = { ...base, hour };
  if (d === '*' && w === '*') return { ...at, frequency: 'daily' };
  const weekday = number(w, 7);
  if (d === '*' && weekday !== undefined) return { ...at, frequency: 'weekly', weekday: weekday % 7 };
  const day = number(d, 28);
  return w === '*' && day !== undefined && day > 0 ? { ...at, frequency: 'monthly', day } : custom;
}

/** `HH:MM` */
export const clockOf = ({ hour, minute }: Pick<CalendarForm, 'hour' | 'minute'>): string =>
  `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;

/** @returns undefined for what is no time of a day */
export function parseClock(text: string): Pick<CalendarForm, 'hour' | 'minute'> | undefined {
  const [, h, m] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  const [hour, minute] = [number(h, 23), number(m, 59)];
  return hour === undefined || minute === undefined ? undefined : { hour, minute };
}
