import { Select, TextInput } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { useLocale, useT } from '../../app/i18n.tsx';
import { clockOf, cronOf, frequencies, parseClock, type CalendarForm } from './calendar-form.ts';
import { weekdayNames } from './use-calendar-words.ts';

interface CalendarFieldsProps {
  readonly form: CalendarForm;
  readonly timezone: string;
  readonly onForm: (form: CalendarForm) => void;
  readonly onTimezone: (timezone: string) => void;
}

const common = { size: 'sm', allowDeselect: false, checkIconPosition: 'right' } as const;

/** Every time zone that this program knows; the one that is chosen is always among them. */
function zonesWith(chosen: string): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return [...new Set([chosen, 'Etc/UTC', ...known])];
}

/** How often and when, in words; the five fields of cron stand under them. */
export function CalendarFields({ form, timezone, onForm, onTimezone }: CalendarFieldsProps): ReactNode {
  const t = useT();
  const locale = useLocale();
  const [clock, setClock] = useState(clockOf(form));
  const zones = useMemo(() => zonesWith(timezone), [timezone]);
  const { frequency } = form;
  const timed = frequency === 'daily' || frequency === 'weekly' || frequency === 'monthly';
  return (
    <>
      <div className="bc-fields">
        <Select
          {...common}
          label={t('schedules.frequency')}
          value={frequency}
          data={frequencies.map((value) => ({ value, label: t(`schedules.frequencyWord.${value}`) }))}
          onChange={(next) => {
            const chosen = frequencies.find((each) => each === next);
            // The five fields start from what the words said.
            if (chosen !== undefined) onForm({ ...form, frequency: chosen, cron: cronOf(form) });
          }}
        />
        {frequency === 'weekly' ? (
          <Select
            {...common}
            label={t('schedules.weekday')}
            value={String(form.weekday)}
            data={weekdayNames(locale).map((label, day) => ({ value: String(day), label }))}
            onChange={(next) => onForm({ ...form, weekday: Number(next) })}
          />
        ) : null}
        {frequency === 'monthly' ? (
          <Select
            {...common}
            label={t('schedules.day')}
            description={t('schedules.dayHint')}
            value={String(form.day)}
            data={Array.from({ length: 28 }, (_, index) => String(index + 1))}
            onChange={(next) => onForm({ ...form, day: Number(next) })}
          />
        ) : null}
        {timed ? (
          <TextInput
            size="sm"
            label={t('schedules.time')}
            description={t('schedules.timeHint')}
            value={clock}
            error={parseClock(clock) === undefined ? t('schedules.badTime') : null}
            onChange={(event) => {
              const text = event.currentTarget.value;
              setClock(text);
              const parsed = parseClock(text);
              if (parsed !== undefined) onForm({ ...form, ...parsed });
            }}
          />
        ) : null}
        {frequency === 'hourly' ? (
          <Select
            {...common}
            label={t('schedules.minute')}
            value={String(form.minute)}
            data={[...new Set([...Array.from({ length: 12 }, (_, index) => index * 5), form.minute])]
              .sort((one, other) => one - other)
              .map(String)}
            onChange={(next) => onForm({ ...form, minute: Number(next) })}
          />
        ) : null}
        {frequency === 'custom' ? (
          <TextInput
            size="sm"
            label={t('schedules.cron')}
            description={t('schedules.cronHint')}
            spellCheck={false}
            autoComplete="off"
            value={form.cron}
            onChange={(event) => onForm({ ...form, cron: event.currentTarget.value })}
          />
        ) : null}
        <Select
          {...common}
          searchable
          label={t('schedules.timezone')}
          description={t('schedules.timezoneHint')}
          value={timezone}
          data={zones}
          limit={50}
          onChange={(next) => onTimezone(next ?? timezone)}
        />
      </div>
      <p className="bc-muted">
        cron: <code>{cronOf(form)}</code>
      </p>
    </>
  );
}
