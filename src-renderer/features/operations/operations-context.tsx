import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useRef, type ReactNode } from 'react';
import { useStreamed, type Streamed } from '../../app/streamed.ts';
import { foldEvent, isUnderWay, type Records } from './records.ts';

const OperationsContext = createContext<Streamed<Records> | undefined>(undefined);

/** Follows every operation of the open workspace. When one ends, whatever the page knows is asked again. */
export function OperationsProvider({ children }: { children: ReactNode }): ReactNode {
  const queries = useQueryClient();
  const watched = useStreamed('operations.watch', {}, foldEvent);
  const running = watched.value?.operations.filter(isUnderWay).length ?? 0;
  const before = useRef(running);
  useEffect(() => {
    if (running < before.current) void queries.invalidateQueries();
    before.current = running;
  }, [running, queries]);
  return <OperationsContext value={watched}>{children}</OperationsContext>;
}

export function useOperations(): Streamed<Records> {
  const records = use(OperationsContext);
  if (records === undefined) throw new Error('no operations above this component');
  return records;
}
