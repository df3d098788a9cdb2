import {
  keepPreviousData,
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import type { Input, NamesOf, Output } from '../../shared/contract/index.ts';
import { isConsoleError, type ConsoleError } from '../../shared/errors.ts';
import { useClient } from './client-context.tsx';

export type QueryName = NamesOf<'query'>;
export type MutationName = NamesOf<'mutation'>;

/** Errors that another try in a moment cannot cure are shown at once; the core retries what is worth retrying. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 5_000, networkMode: 'always', refetchOnWindowFocus: true },
      mutations: { retry: false, networkMode: 'always' },
    },
  });

interface ProcedureOptions {
  readonly enabled?: boolean;
  /** Milliseconds between questions while the page is looked at. */
  readonly refetchEvery?: number;
  /** Keep showing the former answer while another input is asked. */
  readonly keep?: boolean;
  readonly staleTime?: number;
  /** What nobody looks at any more is asked anew the next time. */
  readonly forget?: boolean;
}

/** Asks a query of the contract and keeps its answer under its name and input. */
export function useProcedure<N extends QueryName>(
  name: N,
  input: Input<N>,
  options: ProcedureOptions = {},
): UseQueryResult<Output<N>, ConsoleError> {
  const client = useClient();
  return useQuery<Output<N>, ConsoleError>({
    queryKey: [name, input],
    queryFn: ({ signal }) => client.call(name, input, { signal }),
    enabled: options.enabled ?? true,
    refetchInterval: options.refetchEvery ?? false,
    ...(options.staleTime === undefined ? {} : { staleTime: options.staleTime }),
    ...(options.forget === true ? { gcTime: 0 } : {}),
    ...(options.keep === true ? { placeholderData: keepPreviousData } : {}),
  } as Parameters<typeof useQuery<Output<N>, ConsoleError>>[0]);
}

/** A mutation of the contract; afterwards the named queries are asked again. */
export function useMutationProcedure<N extends MutationName>(
  name: N,
  refresh: readonly QueryName[] = [],
): UseMutationResult<Output<N>, ConsoleError, Input<N>> {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation<Output<N>, ConsoleError, Input<N>>({
    mutationFn: (input) => client.call(name, input),
    onSuccess: async () => {
      await Promise.all(refresh.map((query) => queries.invalidateQueries({ queryKey: [query] })));
    },
  });
}

/** True for the ends that the operator asked for, which are not worth a word. */
export const wasCancelled = (error: unknown): boolean => isConsoleError(error, 'cancelled');
