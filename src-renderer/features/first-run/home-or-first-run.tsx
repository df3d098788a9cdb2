import type { ReactNode } from 'react';
import { useSession } from '../../app/session.tsx';
import { HomePage } from '../home/home-page.tsx';
import { FirstRunPage } from './first-run-page.tsx';

/** The address `/` of a console with an installation is Home, of one without it the first-run screen. */
export function HomeOrFirstRun(): ReactNode {
  return useSession().workspace === undefined ? <FirstRunPage /> : <HomePage />;
}
