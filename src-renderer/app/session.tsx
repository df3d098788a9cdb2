import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useMemo, type ReactNode } from 'react';
import type { Session } from '../../shared/contract/session.ts';
import { ErrorPanel } from '../ui/error-panel.tsx';
import { ClientContext, useClient, useShown } from './client-context.tsx';
import { useProcedure } from './procedures.ts';
import { SwitchedScreen } from './switched-screen.tsx';

const SessionContext = createContext<Session | undefined>(undefined);

/**
 * Asks who one is and which installation is open before anything else is drawn. What is below asks for that installation and for no
 * other; when the page goes to another one, nothing that was known of the former stays.
 */
export function SessionProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useClient();
  const queries = useQueryClient();
  const { id, left } = useShown();
  const session = useProcedure('session.show', {}, { staleTime: Infinity });
  const bound = useMemo(() => client.of(id), [client, id]);
  const { data, refetch } = session;
  const other = data !== undefined && id !== undefined && !left && id !== (data.workspace?.id ?? '');
  useEffect(() => {
    if (!other) return;
    // Its pages are gone by now; a set-up, which asks for no installation, may still be there.
    queries.removeQueries({ type: 'inactive' });
    void refetch();
  }, [other, id, queries, refetch]);
  if (left && id !== undefined) return <SwitchedScreen id={id} />;
  if (data !== undefined)
    return (
      <ClientContext value={bound}>
        <SessionContext value={data}>{children}</SessionContext>
      </ClientContext>
    );
  if (session.error === null) return null;
  return (
    <main className="bc-alone">
      <ErrorPanel error={session.error.data} onRetry={() => void refetch()} />
    </main>
  );
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('no session above this component');
  return session;
}
