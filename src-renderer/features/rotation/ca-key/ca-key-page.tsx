import { Button, Group } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { CaKeyBoard } from '../../../../shared/contract/rotation-ca-key.ts';
import { useT } from '../../../app/i18n.tsx';
import { useProcedure } from '../../../app/procedures.ts';
import { Facts } from '../../../ui/facts.tsx';
import { FiveFaces } from '../../../ui/five-faces.tsx';
import { Mono } from '../../../ui/mono.tsx';
import { Page } from '../../../ui/page.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { Section } from '../../../ui/section.tsx';
import { StatusBadge } from '../../../ui/status-badge.tsx';
import { HorizonSection } from '../../health/horizon-section.tsx';
import { usePlanner } from '../../operations/planner.tsx';
import { BeginSection } from './begin-section.tsx';
import { BoardSection } from './board-section.tsx';
import { PhaseStepper } from './phase-stepper.tsx';
import { gateOf, phaseOf } from './phases.ts';
import { WaiveDialog } from './waive-dialog.tsx';

const kind = 'rotate.ca-key';

/** The CA keys phase by phase: where the rotation stands, who holds the next phase up, and the way back. */
export function CaKeyPage(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const board = useProcedure('rotationCaKey.board', {}, { refetchEvery: 15_000 });
  const { data } = board;
  return (
    <Page title={t('caKey.title')} above={[{ label: t('nav.rotation'), to: '/rotation' }]}>
      <p className="bc-lead">{t('caKey.lead')}</p>
      <FiveFaces
        // The board is one thing: without rows it still says where the rotation stands.
        count={data === undefined ? undefined : 1}
        error={board.error}
        at={board.dataUpdatedAt}
        onRetry={() => void board.refetch()}
        empty={null}
      >
        {data === undefined ? null : <PhaseStepper next={phaseOf(data)} />}
        <HorizonSection />
        {data?.stage === 'idle' ? (
          <BeginSection onPlan={(mode) => plan({ kind, input: { action: 'begin', mode } })} />
        ) : null}
        {data === undefined || data.stage === 'idle' ? null : <UnderWay board={data} />}
      </FiveFaces>
    </Page>
  );
}

const gateStatus = { open: 'proved', closed: 'pending', none: 'unknown' } as const;

function UnderWay({ board }: { board: CaKeyBoard }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const [waiving, setWaiving] = useState<string>();
  const phase = phaseOf(board);
  const gate = gateOf(board);
  const { waiting, rows } = board;
  const card = (one: CaKeyBoard['now']): ReactNode =>
    one === undefined ? undefined : (
      <span>
        {one.name} <Mono value={one.fingerprint} length={20} />{' '}
        <span className="bc-muted">
          {t('caKey.ends')} <RelativeTime at={one.notAfter} />
        </span>
      </span>
    );
  return (
    <>
      <Section
        title={t(`ca_key.stage.${board.stage}`)}
        actions={
          <Group gap="xs">
            {board.mayAbort ? (
              <Button size="sm" variant="default" onClick={() => plan({ kind, input: { action: 'abort' } })}>
                {t('caKey.abort')}
              </Button>
            ) : null}
            <Button
              size="sm"
              disabled={gate === 'closed'}
              onClick={() => plan({ kind, input: { action: phase } })}
            >
              {t(`caKey.do.${phase}`)}
            </Button>
          </Group>
        }
      >
        <Facts
          facts={[
            { label: t('caKey.old'), value: card(board.now) },
            { label: t('caKey.new'), value: card(board.next) },
            {
              label: t('caKey.gate'),
              value: (
                <span>
                  <StatusBadge status={gateStatus[gate]} label={t(`caKey.gate.${gate}`)} />{' '}
                  {gate === 'closed' ? t('caKey.waiting', { count: waiting }) : null}
                </span>
              ),
            },
          ]}
        />
      </Section>
      <BoardSection rows={rows} onWaive={setWaiving} />
      <WaiveDialog
        service={waiving}
        onClose={() => setWaiving(undefined)}
        onWaive={(service, reason) => {
          setWaiving(undefined);
          plan({ kind, input: { action: 'waive', service, reason } });
        }}
      />
    </>
  );
}
