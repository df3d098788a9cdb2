import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Page } from '../../ui/page.tsx';
import { DriftTab } from '../drift/drift-tab.tsx';
import { ChartsTab } from './charts-tab.tsx';
import { NotificationsTab } from './notifications-tab.tsx';
import { WatchTab } from './watch-tab.tsx';

const tabs = [
  { id: 'watch', to: '/monitoring' },
  { id: 'charts', to: '/monitoring/charts' },
  { id: 'notifications', to: '/monitoring/notifications' },
  { id: 'drift', to: '/monitoring/drift' },
] as const;

/** What watches the installation: alarms and checks, charts, who is told, and whether everything is as declared. */
export function MonitoringPage(): ReactNode {
  const t = useT();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const tab = tabs.find(({ to }) => to === path)?.id ?? 'watch';
  return (
    <Page title={t('nav.monitoring')}>
      <nav className="bc-tabs" aria-label={t('monitoring.tabs')}>
        {tabs.map(({ id, to }) => (
          <Link key={id} to={to} activeOptions={{ exact: true }} className="bc-tab">
            {t(`monitoring.tab.${id}`)}
          </Link>
        ))}
      </nav>
      {tab === 'watch' ? <WatchTab /> : null}
      {tab === 'charts' ? <ChartsTab /> : null}
      {tab === 'notifications' ? <NotificationsTab /> : null}
      {tab === 'drift' ? <DriftTab /> : null}
    </Page>
  );
}
