import { useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Bare } from './bare.tsx';
import { useShown } from './client-context.tsx';
import { useSession } from './session.tsx';
import { Shell } from './shell.tsx';

/** With an installation open the whole frame, else and while one is being set up the bare one; nothing of one that was just left. */
export function Root(): ReactNode {
  const { workspace } = useSession();
  const { id } = useShown();
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (path.startsWith('/start')) return <Bare />;
  if (id !== undefined && id !== (workspace?.id ?? '')) return null;
  return workspace === undefined ? <Bare /> : <Shell key={workspace.id} />;
}
