import { Button, Menu, Text } from '@mantine/core';
import {
  IconDots,
  IconFileText,
  IconLockOpen,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ServerStatus } from '../../../shared/contract/topology.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useUnseal } from '../openbao/unseal-provider.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { serverState, serverStatus } from './server-state.ts';

interface ServerCardProps {
  readonly server: ServerStatus;
  readonly onLogs: () => void;
}

/** One server: state and since when, what is wrong, where it answers, and what can be done. */
export function ServerCard({ server, onLogs }: ServerCardProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const plan = usePlanner();
  const unseal = useUnseal();
  const title = t('topology.server.name', { server: server.title });
  const down = server.state === 'stopped' || server.state === 'failed';
  const operation = (kind: string) => () => plan({ kind, input: { servers: [server.name] } });
  const facts = [
    server.version,
    server.address,
    server.pid === undefined ? undefined : t('servers.process', { pid: server.pid }),
    server.restarts === 0 ? undefined : t('servers.restarts', { count: server.restarts }),
  ].filter((fact) => fact !== undefined);
  return (
    <li className="bc-server">
      <div>
        <strong>{title}</strong>
        <div>
          <StatusBadge
            status={serverStatus(server.state)}
            label={t(`serverState.${serverState(server.state)}`)}
          />
        </div>
      </div>
      <div>
        <Text size="sm" c="dimmed">
          {facts.join(' · ')}
        </Text>
        {server.problem === undefined ? null : <Text size="sm">{say(server.problem)}</Text>}
        {server.since === undefined ? null : (
          <Text size="sm" c="dimmed">
            {t('servers.since')} <RelativeTime at={server.since} />
            {server.startedAt === undefined ? null : (
              <>
                {' · '}
                {t('servers.started', { time: words.absolute(server.startedAt) })}
              </>
            )}
          </Text>
        )}
        {server.lastLine === undefined ? null : <code>{server.lastLine}</code>}
      </div>
      <div className="bc-tools">
        {server.state === 'sealed' ? (
          <Button leftSection={<IconLockOpen size={15} />} onClick={unseal}>
            {t('openbao.unseal')}
          </Button>
        ) : null}
        {down ? (
          <Button leftSection={<IconPlayerPlay size={15} />} onClick={operation('infra.up')}>
            {t('servers.start')}
          </Button>
        ) : null}
        <Button variant="default" leftSection={<IconFileText size={15} />} onClick={onLogs}>
          {t('servers.logs')}
        </Button>
        {down ? null : (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" px={8} aria-label={t('servers.more', { server: title })}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconRefresh size={15} />} onClick={operation('infra.restart')}>
                {t('servers.restart')}
              </Menu.Item>
              <Menu.Item leftSection={<IconPlayerStop size={15} />} onClick={operation('infra.down')}>
                {t('servers.stop')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
    </li>
  );
}
