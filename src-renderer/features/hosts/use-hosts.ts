import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { Input, Output } from '../../../shared/contract/index.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';
import { windowsOf } from '../services/use-windowed.ts';

type Page = Output<'hosts.list'>;

/** Rows fetched at a time. */
const size = 200;

export type HostsQuery = Omit<Input<'hosts.list'>, 'offset' | 'limit'>;

export interface Hosts {
  /** The first window, with the counts. */
  readonly first: Page | undefined;
  readonly rowAt: (index: number) => Page['items'][number] | undefined;
  readonly onRange: (first: number, last: number) => void;
  readonly error: ConsoleError | null;
  readonly at: number | undefined;
  readonly refetch: () => void;
}

/** Services on other hosts, fetched in windows as they come into sight. */
export function useHosts(query: HostsQuery): Hosts {
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
        queryKey: ['hosts.list', input],
        queryFn: ({ signal }: { signal: AbortSignal }) => client.call('hosts.list', input, { signal }),
        refetchInterval: 15_000,
        placeholderData: keepPreviousData<Page>,
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
