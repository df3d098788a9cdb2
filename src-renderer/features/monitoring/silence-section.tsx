import { Button, NumberInput, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Silence } from '../../../shared/contract/notifications.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';

/** Nobody is told of what matches for a while; it stays on Home. */
export function SilenceSection({ silences }: { readonly silences: readonly Silence[] }): ReactNode {
  const t = useT();
  const [pattern, setPattern] = useState('');
  const [minutes, setMinutes] = useState(60);
  const silence = useMutationProcedure('notifications.silence', ['notifications.settings']);
  const end = useMutationProcedure('notifications.unsilence', ['notifications.settings']);
  return (
    <Section title={t('notifications.silences')}>
      <p className="bc-lead">{t('notifications.silencesLead')}</p>
      {silence.error === null ? null : <ErrorPanel error={silence.error.data} />}
      <form
        className="bc-chart-controls"
        onSubmit={(event) => {
          event.preventDefault();
          silence.mutate({ pattern, minutes }, { onSuccess: () => setPattern('') });
        }}
      >
        <TextInput
          label={t('notifications.pattern')}
          placeholder="expiry-*"
          value={pattern}
          onChange={(event) => setPattern(event.currentTarget.value)}
        />
        <NumberInput
          label={t('notifications.minutes')}
          min={1}
          max={43_200}
          value={minutes}
          onChange={(value) => setMinutes(Number(value))}
        />
        <Button type="submit" variant="default" disabled={pattern.trim() === ''} loading={silence.isPending}>
          {t('notifications.beSilent')}
        </Button>
      </form>
      <ul className="bc-proofs">
        {silences.map(({ id, pattern: silent, until, by }) => (
          <li key={id}>
            <div>
              <code>{silent}</code> <span className="bc-muted">{by}</span>
            </div>
            <RelativeTime at={until} />
            <Button variant="default" onClick={() => end.mutate({ id })}>
              {t('notifications.speak')}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
