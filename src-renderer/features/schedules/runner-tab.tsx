import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ScheduleCredential, ScheduleRunner } from '../../../shared/contract/schedules.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { TokenSection } from './token-section.tsx';

const credentialStatus: Record<ScheduleCredential['state'], Status> = {
  none: 'due',
  ready: 'proved',
  narrower: 'failed',
  wider: 'due',
  unknown: 'unknown',
};
const ways = ['unit', 'timer', 'cron'] as const;

/** A file of the runner, with its text to copy. */
function RunnerFile({ path, text }: ScheduleRunner['files'][number]): ReactNode {
  const t = useT();
  return (
    <div className="bc-runner-file">
      <div className="bc-runner-file-head">
        <Mono value={path} />
        <CopyButton value={text} label={t('ui.copy')} />
      </div>
      <pre tabIndex={0} aria-label={path}>
        {text}
      </pre>
    </div>
  );
}

/** Who runs the schedules, with which credential, and whether tokens stand where they must not. */
export function RunnerTab(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const [way, setWay] = useState<ScheduleRunner['id']>('unit');
  const runners = useProcedure('schedules.runners', {});
  const credential = useProcedure('schedules.credential', {}, { refetchEvery: 15_000 });
  const chosen = runners.data?.find(({ id }) => id === way);
  const state = credential.data?.state;
  return (
    <div className="bc-stack">
      <Section
        title={t('schedules.credential')}
        actions={
          <Button
            variant={state === 'ready' ? 'default' : 'filled'}
            leftSection={<IconKey size={15} />}
            onClick={() => plan({ kind: 'schedule.credential', input: {} })}
          >
            {t(state === 'none' ? 'schedules.makeCredential' : 'schedules.makeCredentialAgain')}
          </Button>
        }
      >
        {credential.error === null ? null : (
          <ErrorPanel error={credential.error.data} onRetry={() => void credential.refetch()} />
        )}
        {state === undefined ? null : (
          <>
            <StatusBadge status={credentialStatus[state]} label={t(`schedules.credentialWord.${state}`)} />
            <p>{t(`schedules.credentialText.${state}`, { path: credential.data?.path ?? '' })}</p>
          </>
        )}
      </Section>
      <Section
        title={t('schedules.how')}
        actions={
          <Segmented
            label={t('schedules.how')}
            value={way}
            options={ways.map((value) => ({ value, label: t(`schedules.way.${value}`) }))}
            onChange={setWay}
          />
        }
      >
        <p>{t(`schedules.wayText.${way}`)}</p>
        {runners.error === null ? null : (
          <ErrorPanel error={runners.error.data} onRetry={() => void runners.refetch()} />
        )}
        {chosen?.files.map((file) => (
          <RunnerFile key={file.path} {...file} />
        ))}
        {chosen === undefined || chosen.commands.length === 0 ? null : (
          <RunnerFile path={t('schedules.commands')} text={chosen.commands.join('\n')} />
        )}
      </Section>
      <TokenSection />
    </div>
  );
}
