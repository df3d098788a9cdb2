import { IconServer2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ServerStatus } from '../../../shared/contract/topology.ts';
import { useT } from '../../app/i18n.tsx';
import type { Streamed } from '../../app/streamed.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { ServerCard } from './server-card.tsx';

interface InfraSectionProps {
  readonly servers: Streamed<readonly ServerStatus[]>;
  readonly onLogs: (server: ServerStatus) => void;
}

/** The servers that the console runs, one card each. */
export function InfraSection({ servers, onLogs }: InfraSectionProps): ReactNode {
  const t = useT();
  return (
    <FiveFaces
      count={servers.value?.length}
      error={servers.error}
      at={servers.at}
      onRetry={servers.retry}
      rows={5}
      empty={<EmptyState icon={IconServer2} text={t('home.noServers')} />}
    >
      <ul className="bc-needs">
        {servers.value?.map((server) => (
          <ServerCard key={server.name} server={server} onLogs={() => onLogs(server)} />
        ))}
      </ul>
    </FiveFaces>
  );
}
