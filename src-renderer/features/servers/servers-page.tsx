import { Button } from '@mantine/core';
import { IconFileText, IconPlayerPlay, IconPlayerStop, IconVersions } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useSession } from '../../app/session.tsx';
import { Page } from '../../ui/page.tsx';
import { useStreamed } from '../../app/streamed.ts';
import { usePlanner } from '../operations/planner.tsx';
import { AgentsSection } from './agents-section.tsx';
import { ContainersSection } from './containers-section.tsx';
import { ElsewhereSection } from './elsewhere-section.tsx';
import { HelperUnitsSection } from './helper-units-section.tsx';
import { InfraSection } from './infra-section.tsx';
import { LogDrawer, type LogOf } from './log-drawer.tsx';
import { ProgramSection } from './program-section.tsx';
import { RunnerSection } from './runner-section.tsx';

/** The servers of this installation, live, and the programs they are run from. */
export function ServersPage(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const servers = useStreamed('infra.status', {});
  const [shown, setShown] = useState<LogOf | 'all'>();
  const topology = useSession().workspace?.topology;
  const inContainers = topology === 'compose';
  const some = (servers.value?.length ?? 0) > 0;
  const running = servers.value?.some(({ state }) => state !== 'stopped') ?? false;
  const stopped = servers.value?.some(({ state }) => state === 'stopped' || state === 'failed') ?? false;
  return (
    <Page
      title={t('nav.servers')}
      actions={
        some ? (
          <>
            {stopped ? (
              <Button
                leftSection={<IconPlayerPlay size={15} />}
                onClick={() => plan({ kind: 'infra.up', input: {} })}
              >
                {t('servers.startAll')}
              </Button>
            ) : null}
            <Button
              component={Link}
              to="/versions"
              variant="default"
              leftSection={<IconVersions size={15} />}
            >
              {t('versions.title')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconFileText size={15} />}
              onClick={() => setShown('all')}
            >
              {t('servers.allLogs')}
            </Button>
            {running ? (
              <Button
                variant="default"
                leftSection={<IconPlayerStop size={15} />}
                onClick={() => plan({ kind: 'infra.down', input: {} })}
              >
                {t('servers.stopAll')}
              </Button>
            ) : null}
          </>
        ) : undefined
      }
    >
      {topology === 'external' || topology === 'none' ? (
        <ElsewhereSection />
      ) : (
        <InfraSection servers={servers} onLogs={setShown} />
      )}
      {inContainers ? <ContainersSection onLogs={setShown} /> : null}
      {some && !inContainers ? <RunnerSection /> : null}
      {some && !inContainers ? <AgentsSection onLogs={setShown} /> : null}
      <HelperUnitsSection />
      <ProgramSection />
      <LogDrawer server={shown} onClose={() => setShown(undefined)} />
    </Page>
  );
}
