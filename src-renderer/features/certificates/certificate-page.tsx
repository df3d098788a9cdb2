import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Page } from '../../ui/page.tsx';
import { Viewer } from './viewer.tsx';

/** A certificate file of the installation; the address carries its path. */
export function CertificatePage(): ReactNode {
  const { id } = useParams({ from: '/certificates/$id' });
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
