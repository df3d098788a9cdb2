import type { ReactNode } from 'react';
import type { Overview } from '../../../shared/contract/home.ts';
import { useT } from '../../app/i18n.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { serverState, serverStatus } from '../servers/server-state.ts';
import { Tile } from './tile.tsx';

export function ServersTile({ servers }: { servers: Overview['servers'] }): ReactNode {
  const t = useT();
  return (
    <Tile title={t('home.tile.servers')} to="/servers">
      <ul className="bc-lines">
        {servers.map((server) => (
          <li key={server.name}>
            <span>
              {t('topology.server.name', { server: server.name })}{' '}
              <span className="bc-muted">{server.version ?? ''}</span>
            </span>
            <StatusBadge
              status={serverStatus(server.state)}
              label={t(`serverState.${serverState(server.state)}`)}
            />
          </li>
        ))}
      </ul>
      {servers.length === 0 ? <p className="bc-muted">{t('home.noServers')}</p> : null}
    </Tile>
  );
}
