import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../ui/page.tsx';
import { useT } from './i18n.tsx';

export function NotFound(): ReactNode {
  const t = useT();
  return (
    <Page title={t('notFound.title')}>
      <p>
        {t('notFound.text')}{' '}
        <Anchor component={Link} to="/" underline="always">
          {t('nav.home')}
        </Anchor>
      </p>
    </Page>
  );
}
