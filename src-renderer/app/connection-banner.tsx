import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useState, useEffect, type ReactNode } from 'react';
import { useClient, useConnection } from './client-context.tsx';
import { useT } from './i18n.tsx';
import { useNow } from './now.ts';
import { useWords } from '../format/words.ts';

/** Milliseconds before a first connection that is still not there is worth a word. */
const patience = 1_500;

/** Tells that the core cannot be reached, since when, and when the next try is. */
export function ConnectionBanner(): ReactNode {
  const t = useT();
  const words = useWords();
  const now = useNow();
  const client = useClient();
  const connection = useConnection();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patience);
    return () => clearTimeout(timer);
  }, []);
  if (connection.state === 'connecting' && late) {
    return (
      <div className="bc-banner" data-severity="warning" role="status">
        <IconPlugConnectedX size={18} aria-hidden />
        {t('connection.connecting')}
      </div>
    );
  }
  if (connection.state !== 'retrying') return null;
  return (
    <div className="bc-banner" data-severity="critical" role="alert">
      <IconPlugConnectedX size={18} aria-hidden />
      <span>
        {t('connection.lost', {
          since: words.duration(Math.max(now - connection.since, 0)),
          retry: words.duration(Math.max(connection.retryAt - now, 0)),
        })}
      </span>
      <Button variant="default" onClick={() => client.reconnect()}>
        {t('connection.now')}
      </Button>
    </div>
  );
}
