import { Link, useRouterState } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { DueList } from './due-list.tsx';
import { HistoryList } from './history-list.tsx';
import { RotateProvider } from './rotate-provider.tsx';
import { TimelineList } from './timeline-list.tsx';

const tabs = [
  { id: 'due', to: '/rotation' },
  { id: 'timeline', to: '/rotation/timeline' },
  { id: 'history', to: '/rotation/history' },
] as const;

/** Secrets that must be made anew from time to time: what is due, when each ends by itself, what was done. */
export function RotationPage(): ReactNode {
  const t = useT();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [search, setSearch] = useState('');
  const tab = tabs.find(({ to }) => to === path)?.id ?? 'due';
  const shared = { search, onClearSearch: () => setSearch('') };
  return (
    <RotateProvider>
      <Page
        fill
        title={t('nav.rotation')}
        actions={<SearchField value={search} onChange={setSearch} label={t(`rotation.search.${tab}`)} />}
      >
        <nav className="bc-tabs" aria-label={t('rotation.tabs')}>
          {tabs.map(({ id, to }) => (
            <Link key={id} to={to} activeOptions={{ exact: true }} className="bc-tab">
              {t(`rotation.tab.${id}`)}
            </Link>
          ))}
        </nav>
        {tab === 'due' ? <DueList {...shared} /> : null}
        {tab === 'timeline' ? <TimelineList {...shared} /> : null}
        {tab === 'history' ? <HistoryList {...shared} /> : null}
      </Page>
    </RotateProvider>
  );
}
