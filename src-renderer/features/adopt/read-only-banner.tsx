import { Button } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';

/** Stands on every page of an installation that other tools made and nobody has taken over: operations would be refused. */
export function ReadOnlyBanner(): ReactNode {
  const t = useT();
  const { data } = useProcedure('adopt.owned', {}, { staleTime: 60_000 });
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (data?.owned !== false || path === '/adopt') return null;
  return (
    <div className="bc-banner" data-severity="warning" role="status">
      <IconEye size={18} aria-hidden />
      <span>{t('adopt.read_only.text')}</span>
      <Button component={Link} to="/adopt" variant="default">
        {t('adopt.banner.open')}
      </Button>
    </div>
  );
}
