import { Text } from '@mantine/core';
import { IconCircleX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ServiceDetail } from '../../../shared/contract/services.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Facts } from '../../ui/facts.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { agentStatus } from '../servers/agent-status.ts';

type Renewal = NonNullable<ServiceDetail['renewal']>;

const outcomeStatus: Record<NonNullable<Renewal['outcome']>, Status> = {
  current: 'proved',
  renewed: 'proved',
  failed: 'failed',
};

/** Whether an agent runs for this service, and what it recorded of the certificate. */
export function ServiceRenewal({ renewal }: { renewal: Renewal }): ReactNode {
  const t = useT();
  const say = useMessage();
  const { agent, checkedAt, outcome, renewedAt, nextAt, error } = renewal;
  const when = (at: number | undefined): ReactNode =>
    at === undefined ? <span className="bc-muted">{t('renewal.never')}</span> : <RelativeTime at={at} />;
  return (
    <Section title={t('renewal.title')}>
      {error === undefined ? null : (
        <div
          className="bc-panel bc-panel-failed bc-renewal-failed"
          role="group"
          aria-label={t('renewal.error')}
        >
          <IconCircleX size={18} aria-hidden className="bc-panel-icon" />
          <div className="bc-panel-body">
            <Text fw={600}>{say(error.what)}</Text>
            <Text size="sm">{say(error.next)}</Text>
          </div>
        </div>
      )}
      <Facts
        facts={[
          {
            label: t('renewal.agent'),
            value:
              agent === undefined ? (
                t('renewal.agentNone')
              ) : (
                <StatusBadge status={agentStatus[agent]} label={t(`agents.state.${agent}`)} />
              ),
          },
          ...(checkedAt === undefined
            ? [{ label: t('renewal.checked'), value: t('renewal.noRecord') }]
            : [
                { label: t('renewal.checked'), value: <RelativeTime at={checkedAt} /> },
                { label: t('renewal.renewed'), value: when(renewedAt) },
              ]),
          nextAt === undefined
            ? undefined
            : { label: t('renewal.next'), value: <RelativeTime at={nextAt} /> },
          outcome === undefined
            ? undefined
            : {
                label: t('renewal.outcome'),
                value: (
                  <StatusBadge status={outcomeStatus[outcome]} label={t(`renewal.outcome.${outcome}`)} />
                ),
              },
        ]}
      />
    </Section>
  );
}
