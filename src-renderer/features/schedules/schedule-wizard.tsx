import { Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { ScheduleView } from '../../../shared/contract/schedules.ts';
import { useLocale, useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Wizard } from '../../ui/wizard.tsx';
import { WizardButtons } from '../../ui/wizard-buttons.tsx';
import { useSettled } from '../operations/use-live-check.ts';
import { cronOf, firstForm, formOf, type CalendarForm } from './calendar-form.ts';
import { CalendarFields } from './calendar-fields.tsx';
import { kinds } from './kinds.ts';
import { kindWords } from './schedule-columns.tsx';
import { useCalendarWords } from './use-calendar-words.ts';

const steps = ['what', 'when', 'review'] as const;
type Step = (typeof steps)[number];
/** As the contract has it. */
const isName = (text: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(text);
const shownAtMost = 60;

/** What, when, and the thirty days that follow from it. @param present the schedule to change; a new one without */
export function ScheduleWizard({ present }: { present?: ScheduleView | undefined }): ReactNode {
  const t = useT();
  const words = useWords();
  const locale = useLocale();
  const calendarWords = useCalendarWords();
  const navigate = useNavigate();
  const [step, setStep] = useState<Step>('what');
  const [kind, setKind] = useState(present?.kind ?? kinds[0].kind);
  const [name, setName] = useState(present?.id ?? '');
  const [form, setForm] = useState<CalendarForm>(present === undefined ? firstForm : formOf(present.cron));
  const [timezone, setTimezone] = useState(
    present?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  );
  const taken = useProcedure('schedules.list', {});
  const known = kinds.find((one) => one.kind === kind);
  const proposal = known?.id ?? 'schedule';
  const id = name === '' ? proposal : name;
  const cron = cronOf(form);
  const settled = useSettled(`${cron}\n${timezone}`);
  const [settledCron = '', settledZone = ''] = settled.value.split('\n');
  const preview = useProcedure(
    'schedules.preview',
    { days: 30, of: { cron: settledCron, timezone: settledZone } },
    { enabled: settledCron !== '', keep: true },
  );
  const save = useMutationProcedure('schedules.save', [
    'schedules.list',
    'schedules.preview',
    'schedules.credential',
  ]);
  const clash =
    present === undefined && taken.data?.schedules.some((one) => one.id === id) === true
      ? t('schedules.taken', { id })
      : undefined;
  const nameError = isName(id) ? clash : t('schedules.badName');
  const input: unknown =
    present !== undefined && present.kind === kind ? present.input : (known?.input ?? {});
  const position = steps.indexOf(step);
  const moments = preview.error === null ? (preview.data ?? []) : [];
  const inZone = new Intl.DateTimeFormat(locale, {
    dateStyle: 'full',
    timeStyle: 'short',
    ...(preview.error === null && settledZone !== '' ? { timeZone: settledZone } : {}),
  });
  const frame = {
    title: t(present === undefined ? 'schedules.wizard.add' : 'schedules.wizard.edit'),
    current: step,
    heading: t(`schedules.wizard.heading.${step}`),
    lead: t(`schedules.wizard.lead.${step}`),
    onGo: (to: string) => setStep(steps.find((each) => each === to) ?? 'what'),
    steps: steps.map((each, index) => ({
      id: each,
      title: t(`schedules.wizard.step.${each}`),
      reachable: index < position,
    })),
  };
  const calendarError =
    preview.error === null || !settled.settled ? null : <ErrorPanel error={preview.error.data} />;
  if (step === 'what')
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => void navigate({ to: '/schedules' })}
            onNext={() => setStep('when')}
            disabled={nameError !== undefined}
          />
        }
      >
        <div className="bc-fields">
          <Select
            size="sm"
            label={t('schedules.what')}
            description={t('schedules.whatHint')}
            allowDeselect={false}
            checkIconPosition="right"
            value={kind}
            data={[
              ...kinds.map((one) => ({ value: one.kind, label: t(one.title) })),
              ...(known === undefined ? [{ value: kind, label: kind }] : []),
            ]}
            onChange={(next) => setKind(next ?? kind)}
          />
          <TextInput
            size="sm"
            label={t('schedules.name')}
            description={t('schedules.nameHint')}
            spellCheck={false}
            autoComplete="off"
            disabled={present !== undefined}
            placeholder={proposal}
            value={name}
            error={nameError}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </div>
      </Wizard>
    );
  if (step === 'when')
    return (
      <Wizard
        {...frame}
        footer={
          <WizardButtons
            onBack={() => setStep('what')}
            onNext={() => setStep('review')}
            disabled={!settled.settled || preview.error !== null || moments.length === 0}
          />
        }
      >
        <CalendarFields form={form} timezone={timezone} onForm={setForm} onTimezone={setTimezone} />
        {calendarError}
        {calendarError === null && moments[0] !== undefined ? (
          <p role="status">{t('schedules.firstRun', { at: inZone.format(moments[0].at) })}</p>
        ) : null}
      </Wizard>
    );
  return (
    <Wizard
      {...frame}
      footer={
        <WizardButtons
          onBack={() => setStep('when')}
          busy={save.isPending}
          nextLabel={t('ui.save')}
          onNext={() =>
            save.mutate(
              { id, kind, input, cron, timezone, enabled: present?.enabled ?? true },
              { onSuccess: () => void navigate({ to: '/schedules' }) },
            )
          }
        />
      }
    >
      <Facts
        facts={[
          { label: t('schedules.name'), value: id },
          { label: t('schedules.what'), value: kindWords(kind, t) },
          { label: t('schedules.when'), value: `${calendarWords(cron)} (${cron})` },
          { label: t('schedules.timezone'), value: timezone },
        ]}
      />
      {save.error === null ? null : <ErrorPanel error={save.error.data} />}
      <h3 className="bc-preview-head">{t('schedules.ahead', { count: words.number(moments.length) })}</h3>
      <ol className="bc-preview">
        {moments.slice(0, shownAtMost).map(({ at }) => (
          <li key={at}>{inZone.format(at)}</li>
        ))}
      </ol>
      {moments.length > shownAtMost ? <p className="bc-muted">{t('schedules.andMore')}</p> : null}
    </Wizard>
  );
}
