import { createContext, use, type ReactNode } from 'react';
import type { Session } from '../../shared/contract/session.ts';
import { useProcedure } from './procedures.ts';
import { ErrorPanel } from '../ui/error-panel.tsx';

const SessionContext = createContext<Session | undefined>(undefined);

/** Asks who one is and which installation is open before anything else is drawn. */
export function SessionProvider({ children }: { children: ReactNode }): ReactNode {
  const session = useProcedure('session.show', {}, { staleTime: Infinity });
  if (session.data !== undefined) return <SessionContext value={session.data}>{children}</SessionContext>;
  if (session.error === null) return null;
  return (
    <main className="bc-alone">
      <ErrorPanel error={session.error.data} onRetry={() => void session.refetch()} />
    </main>
  );
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('no session above this component');
  return session;
}
