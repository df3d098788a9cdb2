import { Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ConnectionBanner } from './connection-banner.tsx';
import { LanguageMenu } from './language-menu.tsx';
import { ThemeButton } from './theme-button.tsx';

/** The frame before an installation is open: the name, language and theme. */
export function Bare(): ReactNode {
  return (
    <div className="bc-bare">
      <header className="bc-header">
        <span className="bc-product">Bootroot Console</span>
        <div className="bc-header-end">
          <LanguageMenu />
          <ThemeButton />
        </div>
      </header>
      <ConnectionBanner />
      <main id="content" className="bc-main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
