import { Button, Menu } from '@mantine/core';
import { IconDots, IconDownload, IconKey, IconShieldX, IconStack2, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { usePathId } from '../../app/use-path-id.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Facts } from '../../ui/facts.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { HandoverSection } from './handover-section.tsx';
import { isLost, statusOfHost } from './host-status.ts';
import { ItemsSection } from './items-section.tsx';
import { JobsSection } from './jobs-section.tsx';
import { RecoverySection } from './recovery-section.tsx';
import { SummarySection } from './summary-section.tsx';

/** One service on its host: how its hand-over stands, what it took over, how it is brought back. */
export function HostPage(): ReactNode {
  const id = usePathId();
  const t = useT();
  const plan = usePlanner();
  const host = useProcedure('hosts.show', { id }, { refetchEvery: 10_000 });
  const collect = useMutationProcedure('hosts.collect', ['hosts.show', 'hosts.list']);
  const { data } = host;
  const items = data === undefined ? null : <ItemsSection items={data.items} />;
  const wrong = data?.items.some(({ error }) => error !== undefined) === true;
  const time = (at: number | undefined): ReactNode =>
    at === undefined ? t('hosts.never') : <RelativeTime at={at} />;
  return (
    <Page
      title={id}
      above={[{ label: t('nav.hosts'), to: '/hosts' }]}
      verdict={
        data === undefined ? undefined : (
          <>
            <StatusBadge status={statusOfHost[data.state]} label={t(`hosts.stateWord.${data.state}`)} />
            <span>{data.host}</span>
          </>
        )
      }
      actions={
        data === undefined ? undefined : (
          <>
            <Button
              leftSection={<IconDownload size={15} />}
              loading={collect.isPending}
              onClick={() => collect.mutate({})}
            >
              {t('hosts.collect')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconKey size={15} />}
              onClick={() => plan({ kind: 'rotate.approle-secret-id', input: { ids: [id] } })}
            >
              {t('hosts.bulk.secretIds')}
            </Button>
            <Button
              variant="default"
              component={Link}
              to={`/services/${encodeURIComponent(id)}`}
              leftSection={<IconStack2 size={15} />}
            >
              {t('hosts.toService')}
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" px={8} aria-label={t('ui.moreActions')}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  className="bc-danger"
                  leftSection={<IconShieldX size={15} />}
                  onClick={() => plan({ kind: 'host.freeze', input: { id } })}
                >
                  {t('hosts.freeze')}
                </Menu.Item>
                <Menu.Item
                  className="bc-danger"
                  leftSection={<IconTrash size={15} />}
                  onClick={() => plan({ kind: 'service.remove', input: { id } })}
                >
                  {t('services.remove')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {collect.error === null ? null : (
        <ErrorPanel error={collect.error.data} onRetry={() => collect.mutate({})} />
      )}
      <FiveFaces
        count={data === undefined ? undefined : 1}
        error={host.error}
        at={host.dataUpdatedAt}
        onRetry={() => void host.refetch()}
        empty={null}
      >
        {data === undefined ? null : (
          <div className="bc-two">
            <div className="bc-stack">
              {wrong ? items : null}
              {isLost(data) ? <RecoverySection host={data} /> : <HandoverSection host={data} />}
              <JobsSection host={data} />
            </div>
            <div className="bc-stack">
              {wrong ? null : items}
              <Section title={t('hosts.host')}>
                <Facts
                  facts={[
                    { label: t('services.identity'), value: <code>{data.identity}</code> },
                    { label: t('hosts.seen'), value: time(data.lastSeen) },
                    {
                      label: t('hosts.renewal'),
                      value: data.nextRenewal === undefined ? '–' : time(data.nextRenewal),
                    },
                    {
                      label: t('services.expires'),
                      value: data.notAfter === undefined ? '–' : time(data.notAfter),
                    },
                    { label: t('hosts.version'), value: data.version ?? '–' },
                  ]}
                />
              </Section>
              <SummarySection id={id} />
            </div>
          </div>
        )}
      </FiveFaces>
    </Page>
  );
}
