import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import type { LogSource } from '../../../shared/contract/topology.ts';
import { useT } from '../../app/i18n.tsx';
import { LogView } from './log-view.tsx';

/** Whose log is shown, and what it is called. */
export interface LogOf {
  readonly name: LogSource;
  readonly title: string;
}

interface LogDrawerProps {
  /** Undefined: closed. */
  readonly server: LogOf | 'all' | undefined;
  readonly onClose: () => void;
}

/** The log of one or all servers, live. */
export function LogDrawer({ server, onClose }: LogDrawerProps): ReactNode {
  const t = useT();
  return (
    <Drawer
      opened={server !== undefined}
      onClose={onClose}
      position="right"
      size="min(920px, 90vw)"
      title={
        server === undefined
          ? ''
          : server === 'all'
            ? t('servers.allLogs')
            : t('servers.logOf', { server: server.title })
      }
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      {server === undefined ? null : <LogView server={server === 'all' ? server : server.name} />}
    </Drawer>
  );
}
