import type { Operation, OperationLog } from '../../../shared/contract/operations.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useProcedure } from '../../app/procedures.ts';
import { useStreamed } from '../../app/streamed.ts';
import { foldEvent, mergeLogs } from './records.ts';

export interface FollowedOperation {
  readonly operation: Operation | undefined;
  readonly logs: readonly OperationLog[];
  readonly error: ConsoleError | undefined;
  readonly retry: () => void;
}

/** One operation, live, with its whole log. */
export function useOperation(id: string): FollowedOperation {
  const known = useProcedure('operations.show', { id }, { staleTime: Infinity });
  const live = useStreamed('operations.watch', { id }, foldEvent);
  const current = live.value?.operations.find((operation) => operation.id === id);
  const operation = current ?? known.data?.operation;
  return {
    operation,
    logs: mergeLogs(
      known.data?.logs ?? [],
      live.value?.logs.filter(({ operationId }) => operationId === id) ?? [],
    ),
    error: operation === undefined ? (live.error ?? known.error ?? undefined) : undefined,
    retry: () => {
      live.retry();
      void known.refetch();
    },
  };
}
