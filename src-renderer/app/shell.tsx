import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { useCallback, useState, type ReactNode } from 'react';
import { ReadOnlyBanner } from '../features/adopt/read-only-banner.tsx';
import { OperationDrawer } from '../features/operations/operation-drawer.tsx';
import { OperationsProvider } from '../features/operations/operations-context.tsx';
import { PlannerProvider } from '../features/operations/planner.tsx';
import { OpenBaoBanner } from '../features/openbao/openbao-banner.tsx';
import { InterruptedBanner } from '../features/operations/interrupted-banner.tsx';
import { UnsealProvider } from '../features/openbao/unseal-provider.tsx';
import { DropAnywhere } from '../features/certificates/drop-anywhere.tsx';
import { useNotices } from '../features/monitoring/notices.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { Header } from './header.tsx';
import { useT } from './i18n.tsx';
import { KeysOverlay } from './keys-overlay.tsx';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { usePageKeys } from './use-page-keys.ts';

/** The frame around every page of an open installation. */
export function Shell(): ReactNode {
  return (
    <OperationsProvider>
      <UnsealProvider>
        <PlannerProvider>
          <DropAnywhere>
            <Frame />
          </DropAnywhere>
        </PlannerProvider>
      </UnsealProvider>
    </OperationsProvider>
  );
}

function Frame(): ReactNode {
  const t = useT();
  const narrow = useMediaQuery('(max-width: 1100px)', false, { getInitialValueInEffect: false });
  const [folded, setFolded] = useLocalStorage<boolean | null>({
    key: 'rail-folded',
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  const [keysShown, setKeysShown] = useState(false);
  const showKeys = useCallback(() => setKeysShown(true), []);
  usePageKeys(showKeys);
  useNotices();
  const collapsed = folded ?? narrow;
  return (
    <div className="bc-shell" data-collapsed={collapsed}>
      <a
        className="bc-skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {t('nav.skip')}
      </a>
      <Rail collapsed={collapsed} onCollapse={setFolded} />
      <div className="bc-column">
        <Header showKeys={showKeys} />
        <ConnectionBanner />
        <OpenBaoBanner />
        <InterruptedBanner />
        <ReadOnlyBanner />
        <main id="content" className="bc-main" tabIndex={-1}>
          <Outlet />
        </main>
        <OperationDrawer />
      </div>
      <Palette showKeys={showKeys} />
      <KeysOverlay opened={keysShown} onClose={() => setKeysShown(false)} />
    </div>
  );
}
