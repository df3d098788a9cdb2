import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import type { SavedView } from '../../shared/contract/session.ts';
import type { Sorting } from './data-list.tsx';
import { knownFilters, type Facet, type Filters } from './filters.ts';

/** How a list is looked at. */
export type ListView = Omit<SavedView, 'name'>;

export interface ListState {
  readonly view: ListView;
  /** What is asked for: the search a moment after the last letter. */
  readonly search: string;
  /** Changes when other rows are asked for, so that the list starts at its top. */
  readonly question: string;
  readonly sorting: Sorting;
  readonly setSearch: (search: string) => void;
  readonly setFilters: (filters: Filters) => void;
  readonly setSorting: (sorting: Sorting) => void;
  /** Takes over a saved view. */
  readonly look: (view: ListView) => void;
}

const longest = 200;

/** Search, filters and order of one list. */
export function useListState(facets: readonly Facet[], first: Sorting): ListState {
  const [view, setView] = useState<ListView>({ search: '', filters: {}, ...first });
  const [search] = useDebouncedValue(view.search.trim().slice(0, longest), 150);
  const sorting = useMemo(() => ({ by: view.by, descending: view.descending }), [view.by, view.descending]);
  return {
    view,
    search,
    question: JSON.stringify([search, view.filters]),
    sorting,
    setSearch: (next) => setView({ ...view, search: next }),
    setFilters: (filters) => setView({ ...view, filters: mutable(filters) }),
    setSorting: (next) => setView({ ...view, ...next }),
    look: (next) => setView({ ...next, filters: mutable(knownFilters(facets, next.filters)) }),
  };
}

const mutable = (filters: Filters): ListView['filters'] =>
  Object.fromEntries(Object.entries(filters).map(([facet, values]) => [facet, [...values]]));
