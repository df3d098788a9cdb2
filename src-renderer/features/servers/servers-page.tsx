import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Page } from '../../ui/page.tsx';
import { ProgramSection } from './program-section.tsx';

/** The servers of this installation and the programs they are run from. */
export function ServersPage(): ReactNode {
  const t = useT();
  return (
    <Page title={t('nav.servers')}>
      <ProgramSection />
    </Page>
  );
}
