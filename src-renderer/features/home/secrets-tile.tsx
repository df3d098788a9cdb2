import type { ReactNode } from 'react';
import type { Overview } from '../../../shared/contract/home.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { Tile } from './tile.tsx';

/** The secrets of the installation by the time of their last change. */
export function SecretsTile({ secrets }: { secrets: Overview['secrets'] }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <Tile title={t('home.tile.secrets')} to="/rotation">
      <ul className="bc-lines">
        {secrets.map((secret, index) => (
          <li key={index}>
            <span>{say(secret.name)}</span>
            {secret.changedAt === undefined ? (
              <StatusBadge status="unknown" />
            ) : (
              <RelativeTime at={secret.changedAt} />
            )}
          </li>
        ))}
      </ul>
      {secrets.length === 0 ? <p className="bc-muted">{t('home.noSecrets')}</p> : null}
    </Tile>
  );
}
