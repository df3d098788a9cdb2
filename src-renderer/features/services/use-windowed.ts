import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { Input, Output } from '../../../shared/contract/index.ts';
import { useClient } from '../../app/client-context.tsx';
import type { ConsoleError } from '../../../shared/errors.ts';

type Page = Output<'services.list'>;
type Item = Page['items'][number];

/** Rows fetched at a time. */
const size = 200;

/** Which windows of a list hold the rows from `first` to `last`. */
export function windowsOf(first: number, last: number, count: number): readonly number[] {
  const from = Math.floor(Math.max(first, 0) / size);
  const to = Math.floor(Math.max(Math.min(last, count - 1), 0) / size);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

export interface Windowed {
  readonly total: number | undefined;
  readonly matching: number | undefined;
  readonly rowAt: (index: number) => Item | undefined;
  readonly onRange: (first: number, last: number) => void;
  readonly error: ConsoleError | null;
  readonly at: number | undefined;
  readonly refetch: () => void;
}

/** The services of the installation, fetched in windows as they come into sight. */
export function useWindowedServices(query: Omit<Input<'services.list'>, 'offset' | 'limit'>): Windowed {
  const client = useClient();
  const [range, setRange] = useState<readonly [number, number]>([0, 0]);
  const [known, setKnown] = useState(0);
  const wanted = useMemo(
    () => [...new Set([0, ...windowsOf(range[0], range[1], Math.max(known, 1))])],
    [range, known],
  );
  const pages = useQueries({
    queries: wanted.map((page) => {
      const input = { ...query, offset: page * size, limit: size };
      return {
        queryKey: ['services.list', input],
        queryFn: ({ signal }: { signal: AbortSignal }) => client.call('services.list', input, { signal }),
        refetchInterval: 15_000,
        placeholderData: keepPreviousData<Page>,
      };
    }),
  });
  const first = pages[0]?.data;
  const matching = first?.matching;
  if (matching !== undefined && matching !== known) setKnown(matching);
  const byPage = useMemo(
    () => new Map(wanted.map((page, index) => [page, pages[index]?.data?.items] as const)),
    [wanted, pages],
  );
  const onRange = useCallback((from: number, to: number) => setRange([from, to]), []);
  return {
    total: first?.total,
    matching,
    rowAt: (index) => byPage.get(Math.floor(index / size))?.[index % size],
    onRange,
    error: (pages.find(({ error }) => error !== null)?.error ?? null) as ConsoleError | null,
    at: pages[0]?.dataUpdatedAt,
    refetch: () => {
      for (const page of pages) void page.refetch();
    },
  };
}
