import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { PreviewList } from './preview-list.tsx';
import { RunnerTab } from './runner-tab.tsx';
import { RunnerBanner } from './runner-banner.tsx';
import { ScheduleList } from './schedule-list.tsx';

const tabs = [
  { id: 'list', to: '/schedules' },
  { id: 'preview', to: '/schedules/preview' },
  { id: 'runner', to: '/schedules/runner' },
] as const;

/** What runs when nobody looks: operations on a calendar, when they will run, and who runs them with which credential. */
export function SchedulesPage(): ReactNode {
  const t = useT();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const words = useWords();
  const [search, setSearch] = useState('');
  const tab = tabs.find(({ to }) => to === path)?.id ?? 'list';
  const list = useProcedure('schedules.list', {}, { refetchEvery: 15_000 });
  const add = (
    <Button component={Link} to="/schedules/new" leftSection={<IconPlus size={15} />}>
      {t('schedules.add')}
    </Button>
  );
  return (
    <Page
      fill={tab !== 'runner'}
      title={t('nav.schedules')}
      count={list.data === undefined ? undefined : words.number(list.data.schedules.length)}
      actions={
        <>
          {tab === 'runner' ? null : (
            <SearchField value={search} onChange={setSearch} label={t('schedules.search')} />
          )}
          {add}
        </>
      }
    >
      <nav className="bc-tabs" aria-label={t('schedules.tabs')}>
        {tabs.map(({ id, to }) => (
          <Link key={id} to={to} activeOptions={{ exact: true }} className="bc-tab">
            {t(`schedules.tab.${id}`)}
          </Link>
        ))}
      </nav>
      {list.data === undefined ? null : <RunnerBanner list={list.data} />}
      {tab === 'list' ? (
        <ScheduleList list={list} search={search} onClearSearch={() => setSearch('')} add={add} />
      ) : null}
      {tab === 'preview' ? <PreviewList search={search} onClearSearch={() => setSearch('')} /> : null}
      {tab === 'runner' ? <RunnerTab /> : null}
    </Page>
  );
}
