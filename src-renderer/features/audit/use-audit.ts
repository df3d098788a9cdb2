import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { AuditEntry } from '../../../shared/contract/audit.ts';
import type { Output } from '../../../shared/contract/index.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';

type Page = Output<'audit.list'>;

/** Entries fetched at a time. */
const size = 200;

export interface AuditLog {
  readonly total: number | undefined;
  readonly rows: readonly AuditEntry[];
  readonly complete: boolean;
  readonly error: ConsoleError | null;
  readonly at: number;
  readonly refetch: () => void;
  readonly onRange: (first: number, last: number) => void;
}

/** The audit log, newest first, older entries as one scrolls. */
export function useAudit(search: string): AuditLog {
  const client = useClient();
  const pages = useInfiniteQuery<Page, ConsoleError, { pages: Page[] }, unknown[], number | undefined>({
    queryKey: ['audit.list', search],
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }) =>
      client.call(
        'audit.list',
        { search, limit: size, ...(pageParam === undefined ? {} : { before: pageParam }) },
        { signal },
      ),
    getNextPageParam: (last) =>
      last.entries.length < size ? undefined : last.entries[last.entries.length - 1]?.seq,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap(({ entries }) => entries) ?? [], [pages.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = pages;
  const onRange = useCallback(
    (_: number, last: number) => {
      if (last > rows.length - 50 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    [rows.length, hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  return {
    total: pages.data?.pages[0]?.total,
    rows,
    complete: !hasNextPage,
    error: pages.error,
    at: pages.dataUpdatedAt,
    refetch: () => void refetch(),
    onRange,
  };
}
