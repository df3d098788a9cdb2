import { IconStack2 } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import type { ServiceSummary } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { useWindowed } from '../../app/use-windowed.ts';
import { useWords } from '../../format/words.ts';
import { DataList } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FilterBar } from '../../ui/filter-bar.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NothingFound } from '../../ui/nothing-found.tsx';
import { Page } from '../../ui/page.tsx';
import { SavedViews } from '../../ui/saved-views.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useListState } from '../../ui/use-list-state.ts';
import { useSelection } from '../../ui/use-selection.ts';
import { AddServiceButton } from './add-service-button.tsx';
import { ServiceBulk } from './service-bulk.tsx';
import { serviceColumns } from './service-columns.tsx';
import { asServiceFilters, serviceFacets } from './service-facets.ts';

type SortKey = 'name' | 'expiry' | 'rung';
const sortKeys: readonly SortKey[] = ['name', 'expiry', 'rung'];

/** Every service of the installation, with how far the evidence for its certificate reaches. */
export function ServicesPage(): ReactNode {
  const t = useT();
  const words = useWords();
  const navigate = useNavigate();
  const facets = useMemo(() => serviceFacets(t), [t]);
  const state = useListState(facets, { by: 'name', descending: false });
  const selection = useSelection<ServiceSummary>();
  const query = {
    search: state.search,
    filters: asServiceFilters(state.view.filters),
    sort: sortKeys.find((key) => key === state.sorting.by) ?? 'name',
    descending: state.sorting.descending,
  };
  const list = useWindowed('services.list', query);
  const { total, matching } = list.first ?? {};
  const columns = useMemo(() => serviceColumns(t), [t]);
  const nothingFound = matching === 0 && (total ?? 0) > 0;
  return (
    <Page
      fill
      title={t('nav.services')}
      count={
        total === undefined || matching === undefined
          ? undefined
          : matching === total
            ? words.number(total)
            : t('ui.someOf', { some: words.number(matching), all: words.number(total) })
      }
      actions={
        <>
          <SearchField value={state.view.search} onChange={state.setSearch} label={t('services.search')} />
          <AddServiceButton />
        </>
      }
    >
      {/* Outside of the faces: it stays, with its open menu, while other rows are on their way. */}
      {total === 0 ? null : selection.rows.size > 0 ? (
        <ServiceBulk selection={selection} matching={matching ?? 0} query={query} />
      ) : (
        <FilterBar facets={facets} filters={state.view.filters} onChange={state.setFilters}>
          <SavedViews list="services" state={state} />
        </FilterBar>
      )}
      <FiveFaces
        count={total}
        error={list.error}
        at={list.at}
        onRetry={list.refetch}
        empty={<EmptyState icon={IconStack2} text={t('services.none')} action={<AddServiceButton />} />}
      >
        {nothingFound ? (
          <NothingFound state={state} />
        ) : (
          <DataList
            key={state.question}
            label={t('nav.services')}
            columns={columns}
            count={matching ?? 0}
            rowAt={list.rowAt}
            keyOf={({ id }) => id}
            sorting={state.sorting}
            onSort={state.setSorting}
            onRange={list.onRange}
            selected={selection.rows}
            onSelect={selection.toggle}
            onOpen={({ id }) => void navigate({ to: '/services/$id', params: { id } })}
          />
        )}
      </FiveFaces>
    </Page>
  );
}
