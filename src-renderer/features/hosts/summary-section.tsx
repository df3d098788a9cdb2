import { Button, Textarea } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';

/** `service sync-status --summary-json` for a host that cannot report by itself. */
export function SummarySection({ id }: { id: string }): ReactNode {
  const t = useT();
  const [text, setText] = useState('');
  const apply = useMutationProcedure('hosts.applySummary', ['hosts.show', 'hosts.list', 'services.show']);
  return (
    <Section title={t('hosts.summary')}>
      <p className="bc-muted">{t('hosts.summary.lead')}</p>
      <Textarea
        label={t('hosts.summary.field')}
        autosize
        minRows={3}
        maxRows={12}
        spellCheck={false}
        value={text}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button
        mt="xs"
        variant="default"
        disabled={text.trim() === ''}
        loading={apply.isPending}
        onClick={() => apply.mutate({ id, summary: text }, { onSuccess: () => setText('') })}
      >
        {t('hosts.summary.take')}
      </Button>
      {apply.error === null ? null : <ErrorPanel error={apply.error.data} />}
      {apply.data === undefined ? null : (
        <p role="status">{t('hosts.summary.done', { count: apply.data.changed.length })}</p>
      )}
    </Section>
  );
}
