import { Button, Menu } from '@mantine/core';
import { IconCertificate, IconDots, IconRefresh, IconShieldCheck, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { usePathId } from '../../app/use-path-id.ts';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Ladder } from '../../ui/ladder.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { ServiceFacts } from './service-facts.tsx';
import { ServiceHistory } from './service-history.tsx';
import { ServiceRenewal } from './service-renewal.tsx';
import { ServiceSync } from './service-sync.tsx';
import { lowestUnproved, verdictOf } from './verdict.ts';

/** One service: how far it is proved, what it is made of, what was done to it. */
export function ServicePage(): ReactNode {
  const id = usePathId();
  const t = useT();
  const navigate = useNavigate();
  const plan = usePlanner();
  const service = useProcedure('services.show', { id }, { refetchEvery: 15_000 });
  const prove = useMutationProcedure('services.prove', ['services.show', 'services.list']);
  const { data } = service;
  const failed = data?.renewal?.outcome === 'failed';
  // What went wrong stands where one looks first.
  const renewal = data?.renewal === undefined ? null : <ServiceRenewal renewal={data.renewal} />;
  const lowest = data === undefined ? undefined : lowestUnproved(data.ladder);
  return (
    <Page
      title={id}
      above={[{ label: t('nav.services'), to: '/services' }]}
      verdict={
        data === undefined ? undefined : (
          <>
            <StatusBadge status={verdictOf(data.ladder)} />
            <span>
              {lowest === undefined
                ? t('services.verdictProved')
                : t(`services.verdict.${lowest.outcome}`, { rung: t(`rung.${lowest.rung}`) })}
            </span>
          </>
        )
      }
      actions={
        data === undefined ? undefined : (
          <>
            <Button
              leftSection={<IconShieldCheck size={15} />}
              loading={prove.isPending}
              onClick={() => prove.mutate({ id })}
            >
              {t('services.prove')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconCertificate size={15} />}
              disabled={data.expiresAt === undefined}
              onClick={() => void navigate({ to: '/certificates/$id', params: { id: data.certPath } })}
            >
              {t('services.openCertificate')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconRefresh size={15} />}
              onClick={() => plan({ kind: 'service.issue', input: { id } })}
            >
              {t('services.issueNow')}
            </Button>
            <CopyButton value={data.command} label={t('ui.copyCommand')} />
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" px={8} aria-label={t('ui.moreActions')}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
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
      {prove.error === null ? null : (
        <ErrorPanel error={prove.error.data} onRetry={() => prove.mutate({ id })} />
      )}
      <FiveFaces
        count={data === undefined ? undefined : 1}
        error={service.error}
        at={service.dataUpdatedAt}
        onRetry={() => void service.refetch()}
        empty={null}
      >
        {data === undefined ? null : (
          <div className="bc-two">
            <div className="bc-stack">
              {failed ? renewal : null}
              <Section title={t('services.ladder')}>
                <Ladder
                  rungs={data.ladder.map((rung) => ({
                    ...rung,
                    id: rung.rung,
                    label: t(`rung.${rung.rung}`),
                  }))}
                />
              </Section>
              <ServiceHistory id={id} />
            </div>
            <div className="bc-stack">
              <ServiceFacts service={data} />
              {failed ? null : renewal}
              <ServiceSync items={data.sync} />
            </div>
          </div>
        )}
      </FiveFaces>
    </Page>
  );
}
