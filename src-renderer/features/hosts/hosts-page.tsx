import { Button } from '@mantine/core';
import { IconDownload, IconPlus, IconServerBolt } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, type ReactNode } from 'react';
import { hostStates, type HostRow } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { useWindowed } from '../../app/use-windowed.ts';
import { useMutationProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FilterBar } from '../../ui/filter-bar.tsx';
import type { Facet } from '../../ui/filters.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NothingFound } from '../../ui/nothing-found.tsx';
import { Page } from '../../ui/page.tsx';
import { SavedViews } from '../../ui/saved-views.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useListState } from '../../ui/use-list-state.ts';
import { useSelection } from '../../ui/use-selection.ts';
import { HostBulk } from './host-bulk.tsx';
import { hostColumns } from './host-columns.tsx';

const sortKeys = ['host', 'seen', 'renewal', 'state'] as const;
const everyMs = 60_000;

/** Every service on another host: what it took over, when it was heard of, what went wrong. */
export function HostsPage(): ReactNode {
  const t = useT();
  const words = useWords();
  const navigate = useNavigate();
  const facets = useMemo<readonly Facet[]>(
    () => [
      {
        id: 'state',
        label: t('hosts.state'),
        options: hostStates.map((value) => ({ value, label: t(`hosts.stateWord.${value}`) })),
      },
    ],
    [t],
  );
  const state = useListState(facets, { by: 'host', descending: false });
  const selection = useSelection<HostRow>();
  const chosen = state.view.filters['state'] ?? [];
  const query = {
    search: state.search,
    states: hostStates.filter((one) => chosen.includes(one)),
    sort: sortKeys.find((key) => key === state.sorting.by) ?? 'host',
    descending: state.sorting.descending,
  };
  const list = useWindowed('hosts.list', query);
  const collect = useMutationProcedure('hosts.collect', ['hosts.list']);
  const { mutate } = collect;
  const { first } = list;
  const some = (first?.total ?? 0) > 0;
  useEffect(() => {
    if (!some) return undefined;
    mutate({});
    const timer = setInterval(() => mutate({}), everyMs);
    return () => clearInterval(timer);
  }, [mutate, some]);
  const columns = useMemo(() => hostColumns(t), [t]);
  const add = (
    <Button component={Link} to="/hosts/new" leftSection={<IconPlus size={15} />}>
      {t('hosts.add')}
    </Button>
  );
  return (
    <Page
      fill
      title={t('nav.hosts')}
      count={
        first === undefined
          ? undefined
          : first.matching === first.total
            ? words.number(first.total)
            : t('ui.someOf', { some: words.number(first.matching), all: words.number(first.total) })
      }
      actions={
        <>
          <SearchField value={state.view.search} onChange={state.setSearch} label={t('hosts.search')} />
          {some ? (
            <Button
              variant="default"
              leftSection={<IconDownload size={15} />}
              loading={collect.isPending}
              onClick={() => mutate({})}
            >
              {t('hosts.collect')}
            </Button>
          ) : null}
          {add}
        </>
      }
    >
      {collect.error === null ? null : <ErrorPanel error={collect.error.data} onRetry={() => mutate({})} />}
      {first?.total === 0 ? null : selection.rows.size > 0 ? (
        <HostBulk selection={selection} matching={first?.matching ?? 0} query={query} />
      ) : (
        <FilterBar facets={facets} filters={state.view.filters} onChange={state.setFilters}>
          <SavedViews list="hosts" state={state} />
        </FilterBar>
      )}
      <FiveFaces
        count={first?.total}
        error={list.error}
        at={list.at}
        onRetry={list.refetch}
        empty={<EmptyState icon={IconServerBolt} text={t('hosts.none')} action={add} />}
      >
        {first?.matching === 0 && some ? (
          <NothingFound state={state} />
        ) : (
          <DataList
            key={state.question}
            label={t('nav.hosts')}
            columns={columns}
            count={first?.matching ?? 0}
            rowAt={list.rowAt}
            keyOf={({ id }) => id}
            sorting={state.sorting}
            onSort={state.setSorting}
            onRange={list.onRange}
            selected={selection.rows}
            onSelect={selection.toggle}
            onOpen={({ id }) => void navigate({ to: '/hosts/$id', params: { id } })}
          />
        )}
      </FiveFaces>
    </Page>
  );
}
