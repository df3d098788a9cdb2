import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { usePathId } from '../../app/use-path-id.ts';
import { Mono } from '../../ui/mono.tsx';
import { Page } from '../../ui/page.tsx';
import { Viewer } from './viewer.tsx';

/** A certificate file of the installation; the address carries its path. */
export function CertificatePage(): ReactNode {
  const id = usePathId();
  const t = useT();
  return (
    <Page
      title={id.split('/').pop() ?? id}
      above={[{ label: t('nav.certificates'), to: '/certificates' }]}
      verdict={<Mono value={id} />}
    >
      <Viewer key={id} source={{ path: id }} />
    </Page>
  );
}
