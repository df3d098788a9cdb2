import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { CertificateListItem } from '../../../shared/contract/certificates.ts';
import type { Input, Output } from '../../../shared/contract/index.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';

type Page = Output<'certificates.list'>;

export interface Certificates {
  readonly first: Page | undefined;
  readonly rows: readonly CertificateListItem[];
  readonly error: ConsoleError | null;
  readonly refetch: () => void;
  /** The last row in sight: when it comes near the end, the next page is asked for. */
  readonly onRange: (first: number, last: number) => void;
}

/** The certificates that the console knows of, page after page by cursor. */
export function useCertificates(query: Omit<Input<'certificates.list'>, 'cursor' | 'limit'>): Certificates {
  const client = useClient();
  const pages = useInfiniteQuery<Page, ConsoleError, { pages: Page[] }, unknown[], string | undefined>({
    queryKey: ['certificates.list', query],
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }) =>
      client.call(
        'certificates.list',
        { ...query, limit: 200, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        { signal },
      ),
    getNextPageParam: (last) => last.cursor,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = pages;
  const onRange = useCallback(
    (_: number, last: number) => {
      if (last > rows.length - 50 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    [rows.length, hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  return { first: pages.data?.pages[0], rows, error: pages.error, onRange, refetch: () => void refetch() };
}
