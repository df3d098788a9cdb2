import { useMemo } from 'react';
import { useLocale, useT } from '../app/i18n.tsx';
import { durationParts, type DurationPart } from './duration.ts';
import { relativeTo } from './relative.ts';

/** Times, durations and numbers in the operator's language and zone. */
export interface Words {
  /** `in 3 h`, `2 min ago`, `now`. */
  readonly relative: (at: number, now: number) => string;
  readonly duration: (milliseconds: number) => string;
  /** Date and time, in the zone of this machine. */
  readonly absolute: (at: number) => string;
  readonly date: (at: number) => string;
  /** Day and month where the year is plain. */
  readonly day: (at: number) => string;
  /** The same with hour and minute, where there is little room. */
  readonly moment: (at: number) => string;
  readonly clock: (at: number) => string;
  readonly number: (value: number) => string;
  readonly bytes: (value: number) => string;
}

export function useWords(): Words {
  const t = useT();
  const locale = useLocale();
  return useMemo(() => {
    const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
    const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
    const moment = new Intl.DateTimeFormat(locale, {
      ...{ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    });
    const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });
    const number = new Intl.NumberFormat(locale);
    const join = (parts: readonly DurationPart[]): string =>
      // A line never breaks within a duration.
      parts
        .map(({ unit, value }) => t(`time.unit.${unit}`, { n: number.format(value) }))
        .join(' ')
        .replaceAll(' ', '\u00a0');
    return {
      relative: (at, now) => {
        const relative = relativeTo(at, now);
        if (relative.tense === 'now') return t('time.now');
        return t(relative.tense === 'past' ? 'time.ago' : 'time.in', { duration: join(relative.parts) });
      },
      duration: (milliseconds) =>
        milliseconds > 0 && milliseconds < 1_000 ? t('time.belowSecond') : join(durationParts(milliseconds)),
      absolute: (at) => absolute.format(at),
      date: (at) => date.format(at),
      day: (at) => day.format(at),
      moment: (at) => moment.format(at),
      clock: (at) => clock.format(at),
      number: (value) => number.format(value),
      bytes: (value) => {
        if (value < 1024) return `${number.format(value)} B`;
        if (value < 1024 * 1024) return `${number.format(Math.round(value / 102.4) / 10)} KiB`;
        if (value < 1024 ** 3) return `${number.format(Math.round(value / 104857.6) / 10)} MiB`;
        return `${number.format(Math.round(value / 107374182.4) / 10)} GiB`;
      },
    };
  }, [t, locale]);
}
