import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { Input, Output } from '../../shared/contract/index.ts';
import type { ConsoleError } from '../../shared/errors.ts';
import { useClient } from './client-context.tsx';

/** Lists that are fetched in windows, by offset. */
export type WindowedList = 'services.list' | 'hosts.list';
export type WindowedQuery<N extends WindowedList> = Omit<Input<N>, 'offset' | 'limit'>;
export type WindowedRow<N extends WindowedList> = Output<N>['items'][number];

/** Rows fetched at a time. */
const size = 200;

/** Which windows of a list hold the rows from `first` to `last`. */
export function windowsOf(first: number, last: number, count: number): readonly number[] {
  const from = Math.floor(Math.max(first, 0) / size);
  const to = Math.floor(Math.max(Math.min(last, count - 1), 0) / size);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** What is asked for `limit` rows from `offset` on. */
export const windowOf = <N extends WindowedList>(
  query: WindowedQuery<N>,
  offset: number,
  limit: number,
): Input<N> => ({ ...query, offset, limit }) as Input<N>;

export interface Windowed<N extends WindowedList> {
  /** The first window, with the counts. */
  readonly first: Output<N> | undefined;
  readonly rowAt: (index: number) => WindowedRow<N> | undefined;
  readonly onRange: (first: number, last: number) => void;
  readonly error: ConsoleError | null;
  readonly at: number | undefined;
  readonly refetch: () => void;
}

/** The rows of a list, fetched in windows as they come into sight. */
export function useWindowed<N extends WindowedList>(name: N, query: WindowedQuery<N>): Windowed<N> {
  const client = useClient();
  const [range, setRange] = useState<readonly [number, number]>([0, 0]);
  const [known, setKnown] = useState(0);
  const wanted = useMemo(
    () => [...new Set([0, ...windowsOf(range[0], range[1], Math.max(known, 1))])],
    [range, known],
  );
  const pages = useQueries({
    queries: wanted.map((page) => {
      const input = windowOf<N>(query, page * size, size);
      return {
        queryKey: [name, input],
        queryFn: ({ signal }: { signal: AbortSignal }): Promise<Output<N>> =>
          client.call(name, input, { signal }),
        refetchInterval: 15_000,
        placeholderData: keepPreviousData<Output<N>>,
      };
    }),
  });
  const first = pages[0]?.data;
  if (first !== undefined && first.matching !== known) setKnown(first.matching);
  const byPage = useMemo(
    () => new Map(wanted.map((page, index) => [page, pages[index]?.data?.items] as const)),
    [wanted, pages],
  );
  const onRange = useCallback((from: number, to: number) => setRange([from, to]), []);
  return {
    first,
    rowAt: (index) => byPage.get(Math.floor(index / size))?.[index % size],
    onRange,
    error: (pages.find(({ error }) => error !== null)?.error ?? null) as ConsoleError | null,
    at: pages[0]?.dataUpdatedAt,
    refetch: () => {
      for (const page of pages) void page.refetch();
    },
  };
}
