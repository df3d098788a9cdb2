import { Button, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { RecoveryStatus } from '../../../../shared/contract/recovery.ts';
import { useT } from '../../../app/i18n.tsx';
import { useProcedure } from '../../../app/procedures.ts';
import { ErrorPanel } from '../../../ui/error-panel.tsx';
import { Page } from '../../../ui/page.tsx';
import { Section } from '../../../ui/section.tsx';
import { withCustodians } from '../../openbao/production-move.ts';
import { OperationView } from '../../operations/operation-view.tsx';
import { PlanRunner } from '../../operations/plan-runner.tsx';
import { useOperation } from '../../operations/use-operation.ts';
import { PresentShares } from './present-shares.tsx';
import { RecoveryChoice } from './recovery-choice.tsx';
import { recoveryInput, type RecoveryWish } from './recovery-wish.ts';
import { RootTokenCard } from './root-token-card.tsx';

/** New unseal shares and a new root token: what is wanted, the present shares, the plan, and what came of it. */
export function RecoveryPage(): ReactNode {
  const t = useT();
  const status = useProcedure('recovery.status', {}, { refetchEvery: 5_000 });
  const [operationId, setOperationId] = useState<string>();
  const { data } = status;
  return (
    <Page title={t('recovery.title')} above={[{ label: t('nav.rotation'), to: '/rotation' }]}>
      <p className="bc-lead">{t('recovery.ui.lead')}</p>
      {status.error === null ? null : <ErrorPanel error={status.error.data} />}
      {data?.rootToken === undefined ? null : <RootTokenCard root={data.rootToken} />}
      {operationId !== undefined ? (
        <Renewed id={operationId} lab={data?.sharesOnDisk !== false} />
      ) : data === undefined ? null : (
        <Recovery status={data} onStarted={setOperationId} />
      )}
    </Page>
  );
}

function Renewed({ id, lab }: { id: string; lab: boolean }): ReactNode {
  const t = useT();
  const { operation } = useOperation(id);
  const due = operation?.state === 'done' && operation.steps.some((step) => step.id === 'hand-out');
  return (
    <>
      {due && !lab ? (
        <Group>
          <Button size="sm" component={Link} to="/openbao/ceremony">
            {t('setup.toCeremony')}
          </Button>
        </Group>
      ) : null}
      <OperationView id={id} />
    </>
  );
}

interface RecoveryProps {
  readonly status: RecoveryStatus;
  readonly onStarted: (id: string) => void;
}

function Recovery({ status, onStarted }: RecoveryProps): ReactNode {
  const t = useT();
  const lab = status.sharesOnDisk;
  const [wish, setWish] = useState<RecoveryWish>(() => ({
    shares: true,
    move: withCustodians(
      {
        shares: Math.max(status.shares, 2),
        threshold: Math.max(status.threshold, 2),
        custodians: status.custodians,
      },
      (index) => t('setup.custodianProposal', { index }),
    ),
    root: false,
    ttlMinutes: 60,
    revokeOthers: true,
  }));
  const [planned, setPlanned] = useState<unknown>();
  const input = recoveryInput(wish, lab);
  if (planned !== undefined)
    return (
      <Section title={t('plan.title')}>
        <PlanRunner
          request={{ kind: 'rotate.openbao-recovery', input: planned }}
          cancelLabel={t('ui.back')}
          onCancel={() => setPlanned(undefined)}
          onStarted={({ id }) => onStarted(id)}
        />
      </Section>
    );
  return (
    <>
      <RecoveryChoice wish={wish} lab={lab} onChange={setWish} />
      <PresentShares status={status} />
      <Group justify="flex-end">
        {lab || status.given.complete ? null : (
          <Text size="sm" c="dimmed">
            {t('recovery.ui.first')}
          </Text>
        )}
        <Button size="sm" disabled={input === undefined} onClick={() => setPlanned(input)}>
          {t('ui.seePlan')}
        </Button>
      </Group>
    </>
  );
}
