import { useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Bare } from './bare.tsx';
import { useSession } from './session.tsx';
import { Shell } from './shell.tsx';

/** With an installation open the whole frame, else and while one is being set up the bare one. */
export function Root(): ReactNode {
  const { workspace } = useSession();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return workspace === undefined || path.startsWith('/start') ? <Bare /> : <Shell key={workspace.id} />;
}
