import { Button, Text } from '@mantine/core';
import { IconLockOpen, IconLogout } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Facts } from '../../ui/facts.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { AuditSection } from '../health/audit-section.tsx';
import { LoginForm } from './login-form.tsx';
import { MembersSection } from './members-section.tsx';
import { ProductionOffer } from './production-offer.tsx';
import { useUnseal } from './unseal-provider.tsx';
import { useOpenBao } from './use-openbao.ts';

function stateOf(status: OpenBaoStatus): Status {
  if (!status.reachable) return 'unreachable';
  if (status.sealed === true) return 'sealed';
  return status.initialised === true && status.sealed === false ? 'proved' : 'unknown';
}

/** OpenBao: reachable or not, sealed or not, and the session the console has with it. */
export function OpenBaoPage(): ReactNode {
  const t = useT();
  const status = useOpenBao();
  const unseal = useUnseal();
  const ceremony = useProcedure('openbao.ceremony', {});
  const data = status.data;
  return (
    <Page
      title="OpenBao"
      above={[{ label: t('nav.settings'), to: '/settings' }]}
      verdict={
        data === undefined ? undefined : (
          <StatusBadge
            status={stateOf(data)}
            label={stateOf(data) === 'proved' ? t('openbao.isUnsealed') : undefined}
          />
        )
      }
      actions={
        data?.sealed === true || data?.memberSealed === true ? (
          <Button leftSection={<IconLockOpen size={15} />} onClick={unseal}>
            {t('openbao.unseal')}
          </Button>
        ) : undefined
      }
    >
      <FiveFaces
        count={data === undefined ? undefined : 1}
        error={status.error}
        at={status.dataUpdatedAt}
        onRetry={() => void status.refetch()}
        empty={null}
      >
        {data === undefined ? null : (
          <>
            <ServerSection status={data} />
            <MembersSection status={data} />
            {ceremony.data?.state === 'open' ? (
              <Section title={t('ceremony.title')}>
                <Text mb="sm">{t('ceremony.waiting')}</Text>
                <Button component={Link} to="/openbao/ceremony">
                  {t('setup.toCeremony')}
                </Button>
              </Section>
            ) : null}
            <SessionSection status={data} />
            {data.session.state === 'live' ? <AuditSection /> : null}
            <ProductionOffer sharesOnDisk={data.sharesOnDisk} />
          </>
        )}
      </FiveFaces>
    </Page>
  );
}

function ServerSection({ status }: { status: OpenBaoStatus }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <Section title={t('openbao.server')}>
      {status.problem === undefined ? null : <Text mb="sm">{say(status.problem)}</Text>}
      <Facts
        facts={[
          { label: t('openbao.address'), value: <code>{status.url}</code> },
          { label: t('ui.version'), value: status.version },
          { label: t('openbao.storage'), value: status.storage },
          {
            label: t('setup.unseal'),
            value:
              status.threshold === undefined || status.shares === undefined
                ? undefined
                : t('setup.unsealSummary', { threshold: status.threshold, shares: status.shares }),
          },
          {
            label: t('openbao.sharesKept'),
            value: t(status.sharesOnDisk ? 'openbao.keptOnDisk' : 'openbao.keptByPeople'),
          },
        ]}
      />
    </Section>
  );
}

const sessionStatus: Record<OpenBaoStatus['session']['state'], Status> = {
  live: 'proved',
  lost: 'failed',
  none: 'unknown',
};

function SessionSection({ status }: { status: OpenBaoStatus }): ReactNode {
  const t = useT();
  const logout = useMutationProcedure('openbao.logout', ['openbao.status']);
  const { session } = status;
  return (
    <Section
      title={t('openbao.session')}
      actions={
        <StatusBadge
          status={sessionStatus[session.state]}
          label={t(`openbao.sessionState.${session.state}`)}
        />
      }
    >
      {session.isRoot ? (
        <Text mb="sm" fw={600}>
          {t('openbao.rootWarning')}
        </Text>
      ) : null}
      {session.state === 'live' ? (
        <>
          <Facts
            facts={[
              {
                label: t('openbao.method'),
                value: session.method === 'token' ? t('openbao.token') : 'AppRole',
              },
              { label: t('openbao.policies'), value: session.policies.join(', ') },
              {
                label: t('openbao.expires'),
                value: session.expiresAt === undefined ? undefined : <RelativeTime at={session.expiresAt} />,
              },
            ]}
          />
          {logout.error === null ? null : <ErrorPanel error={logout.error.data} />}
          <Button
            mt="sm"
            variant="default"
            leftSection={<IconLogout size={15} />}
            loading={logout.isPending}
            onClick={() => logout.mutate({})}
          >
            {t('openbao.logout')}
          </Button>
        </>
      ) : status.sealed === true || !status.reachable ? (
        <Text c="dimmed">{t('openbao.noLoginNow')}</Text>
      ) : (
        <LoginForm />
      )}
    </Section>
  );
}
