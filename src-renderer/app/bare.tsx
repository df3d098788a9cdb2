import { Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ConnectionBanner } from './connection-banner.tsx';
import { LanguageMenu } from './language-menu.tsx';
import { useT } from './i18n.tsx';
import { ThemeButton } from './theme-button.tsx';

/** The frame before an installation is open: the name, language and theme. */
export function Bare(): ReactNode {
  const t = useT();
  return (
    <div className="bc-bare">
      <section className="bc-header" aria-label={t('header.label')}>
        <span className="bc-product">Bootroot Console</span>
        <div className="bc-header-end">
          <LanguageMenu />
          <ThemeButton />
        </div>
      </section>
      <ConnectionBanner />
      <main id="content" className="bc-main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
