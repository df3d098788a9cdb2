import { useCallback } from 'react';
import { useLocale, useT } from '../../app/i18n.tsx';
import { clockOf, formOf } from './calendar-form.ts';

/** Names of the weekdays, Sunday first. */
export function weekdayNames(locale: string): readonly string[] {
  const format = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });
  // 4 January 1970 was a Sunday.
  return Array.from({ length: 7 }, (_, day) => format.format(new Date((3 + day) * 86_400_000)));
}

/** A calendar of five fields in words; the fields themselves where there are none. */
export function useCalendarWords(): (cron: string) => string {
  const t = useT();
  const locale = useLocale();
  return useCallback(
    (cron) => {
      const form = formOf(cron);
      return t(`schedules.words.${form.frequency}`, {
        time: clockOf(form),
        minute: form.minute,
        weekday: weekdayNames(locale)[form.weekday] ?? '',
        day: form.day,
        cron,
      });
    },
    [t, locale],
  );
}
