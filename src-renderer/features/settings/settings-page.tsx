import { Button } from '@mantine/core';
import { IconArrowRight, IconDoorExit } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';
import { useT } from '../../app/i18n.tsx';
import { useSession } from '../../app/session.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useOpenBao } from '../openbao/use-openbao.ts';
import { AppearanceSection } from './appearance-section.tsx';
import { EngineSection } from './engine-section.tsx';
import { InstallationSection } from './installation-section.tsx';

/** How the console looks, what this installation is called, and the session with OpenBao. */
export function SettingsPage(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const session = useSession();
  const openbao = useOpenBao();
  const client = useClient();
  const close = useMutation<unknown, ConsoleError>({
    mutationFn: () => client.call('workspaces.close', {}),
    // This page is gone by then, with the installation.
    onSuccess: () => navigate({ to: '/' }),
  });
  const state = openbao.data?.session.state;
  return (
    <Page title={t('nav.settings')}>
      <AppearanceSection />
      {session.workspace === undefined ? null : (
        <InstallationSection key={session.workspace.id} workspace={session.workspace} />
      )}
      <EngineSection />
      <Section
        title={t('openbao.session')}
        actions={
          state === undefined ? undefined : (
            <StatusBadge
              status={state === 'live' ? 'proved' : state === 'lost' ? 'failed' : 'unknown'}
              label={t(`openbao.sessionState.${state}`)}
            />
          )
        }
      >
        <Button component={Link} to="/openbao" variant="default" rightSection={<IconArrowRight size={15} />}>
          {t('settings.toOpenBao')}
        </Button>
      </Section>
      <Section title={t('settings.console')}>
        <Facts
          facts={[
            { label: t('ui.version'), value: session.version },
            { label: t('settings.host'), value: t(`settings.hosts.${session.host}`) },
            { label: t('operation.actor'), value: session.actor },
            {
              label: t('settings.idleLock'),
              value:
                session.idleLockMinutes === 0
                  ? t('settings.never')
                  : t('settings.minutes', { count: session.idleLockMinutes }),
            },
          ]}
        />
        {close.error === null ? null : <ErrorPanel error={close.error.data} />}
        <Button
          mt="md"
          variant="default"
          leftSection={<IconDoorExit size={15} />}
          loading={close.isPending}
          onClick={() => close.mutate()}
        >
          {t('settings.closeInstallation')}
        </Button>
      </Section>
    </Page>
  );
}
