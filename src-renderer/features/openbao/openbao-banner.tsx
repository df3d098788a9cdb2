import { Button } from '@mantine/core';
import { IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useUnseal } from './unseal-provider.tsx';
import { useOpenBao } from './use-openbao.ts';

/** Stands on every page while OpenBao is sealed or cannot be reached: everything else waits for it. */
export function OpenBaoBanner(): ReactNode {
  const t = useT();
  const unseal = useUnseal();
  const { data } = useOpenBao();
  // Without an address there is no server to miss yet.
  if (data === undefined || data.url === '') return null;
  if (!data.reachable) {
    return (
      <div className="bc-banner" data-severity="critical" role="status">
        <IconPlugConnectedX size={18} aria-hidden />
        <span>{t('openbao.banner.unreachable', { url: data.url })}</span>
        <Button component={Link} to="/servers" variant="default">
          {t('openbao.banner.toServers')}
        </Button>
      </div>
    );
  }
  if (data.sealed !== true) return null;
  return (
    <div className="bc-banner" data-severity="sealed" role="status">
      <IconLock size={18} aria-hidden />
      <span>{t('openbao.banner.sealed')}</span>
      <Button onClick={unseal}>{t('openbao.unseal')}</Button>
    </div>
  );
}
