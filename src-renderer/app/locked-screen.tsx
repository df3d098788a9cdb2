import { Title } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from './i18n.tsx';

/** The session is over: says so, that nothing was lost, and how to begin a new one. */
export function LockedScreen(): ReactNode {
  const t = useT();
  const windowed = window.bootroot !== undefined;
  return (
    <main className="bc-alone">
      <div className="bc-alone-card">
        <IconLock size={34} stroke={1.4} aria-hidden />
        <Title order={1}>{t('locked.title')}</Title>
        <p>{t('locked.what')}</p>
        <p>{t('locked.changed')}</p>
        <p>{t(windowed ? 'locked.nextWindow' : 'locked.nextWeb')}</p>
        {windowed ? null : <pre className="bc-command">npm start -- --web</pre>}
      </div>
    </main>
  );
}
