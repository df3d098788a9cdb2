import { Button, Group, Progress, Skeleton, Text } from '@mantine/core';
import { IconArrowBackUp, IconPlayerPlay } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { Operation, OperationLog } from '../../../shared/contract/operations.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import { ChangeList } from './change-list.tsx';
import { ExplanationSection } from './explanation.tsx';
import { LogLines } from './log-lines.tsx';
import { OperationSteps } from './operation-steps.tsx';
import { ProofList } from './proof-list.tsx';
import { RecoveryDialog } from './recovery-dialog.tsx';
import { isUnderWay } from './records.ts';
import { StopButtons } from './stop-buttons.tsx';
import { useOperation } from './use-operation.ts';

/** An operation while it runs and after it: steps, log, proof, what changed, and how to go on when it stopped. */
export function OperationView({ id }: { id: string }): ReactNode {
  const followed = useOperation(id);
  if (followed.operation !== undefined) return <Shown operation={followed.operation} logs={followed.logs} />;
  if (followed.error !== undefined)
    return <ErrorPanel error={followed.error.data} onRetry={followed.retry} />;
  return <Skeleton height={160} animate={false} />;
}

function Shown({ operation, logs }: { operation: Operation; logs: readonly OperationLog[] }): ReactNode {
  const t = useT();
  const words = useWords();
  const [way, setWay] = useState<'resume' | 'undo'>();
  const percent = Math.round(operation.progress * 100);
  const general = logs.filter(({ stepId }) => stepId === undefined);
  return (
    <>
      {isUnderWay(operation) ? (
        <div className="bc-progress">
          <Progress value={percent} aria-label={t('operation.progress')} />
          <Text size="sm" className="bc-number">
            {t('operation.percent', { percent: words.number(percent) })}
          </Text>
        </div>
      ) : null}
      {operation.canCancel ? <StopButtons operation={operation} /> : null}
      {operation.supersededBy === undefined ? null : (
        <p className="bc-lead">
          {t('operation.supersededLead')}{' '}
          <Link to={`/operations/${operation.supersededBy}`}>{operation.supersededBy}</Link>
        </p>
      )}
      {operation.state === 'interrupted' && operation.supersededBy === undefined ? (
        <p className="bc-lead">{t('operation.interruptedLead')}</p>
      ) : null}
      {operation.state === 'paused' ? <p className="bc-lead">{t('operation.pausedLead')}</p> : null}
      {operation.state === 'cancelled' && operation.supersededBy === undefined ? (
        <p className="bc-lead">{t('operation.cancelledLead')}</p>
      ) : null}
      {operation.error === undefined ? null : <ErrorPanel error={operation.error} />}
      {operation.canResume || operation.canUndo ? (
        <Group gap="xs" my="sm">
          {operation.canResume ? (
            <Button leftSection={<IconPlayerPlay size={14} />} onClick={() => setWay('resume')}>
              {t('operation.resume')}
            </Button>
          ) : null}
          {operation.canUndo ? (
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={14} />}
              onClick={() => setWay('undo')}
            >
              {t('operation.undo')}
            </Button>
          ) : null}
        </Group>
      ) : null}
      <ExplanationSection operation={operation} />
      {operation.proofs.length === 0 ? null : (
        <Section title={t('operation.proofs')}>
          <ProofList proofs={operation.proofs} />
        </Section>
      )}
      <Section title={t('operation.steps')}>
        <OperationSteps operation={operation} logs={logs} />
        {general.length === 0 ? null : (
          <Disclosure label={t('operation.generalLog')}>
            <LogLines lines={general} />
          </Disclosure>
        )}
      </Section>
      {operation.changes.length === 0 ? null : (
        <Section title={t('operation.changes')}>
          <ChangeList changes={operation.changes} />
        </Section>
      )}
      <RecoveryDialog operation={operation} way={way} onClose={() => setWay(undefined)} />
    </>
  );
}
