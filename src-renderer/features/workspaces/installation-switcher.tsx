import { Menu, Text, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconEye, IconPlus, IconSelector } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { errorMessages } from '../../../shared/errors.ts';
import type { WorkspaceSummary } from '../../../shared/contract/workspace.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useSession } from '../../app/session.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { EnvironmentMark } from './environment-mark.tsx';
import { useOpenWorkspace } from './use-open-workspace.ts';

/** Name, colour and LAB or PRODUCTION of the open installation; the others behind it. */
export function InstallationSwitcher({ compact }: { compact: boolean }): ReactNode {
  const t = useT();
  const say = useMessage();
  const navigate = useNavigate();
  const { workspace } = useSession();
  const list = useProcedure('workspaces.list', {});
  const { open, mutation } = useOpenWorkspace(() => void navigate({ to: '/' }));
  const { error } = mutation;
  useEffect(() => {
    if (error === null) return;
    const { what, next } = errorMessages(error.data);
    notifications.show({ color: 'red', title: say(what), message: say(next) });
  }, [error, say]);
  if (workspace === undefined) return null;
  const others = (list.data ?? []).filter(({ id }) => id !== workspace.id);
  return (
    <Menu position="bottom-start" width={320}>
      <Menu.Target>
        <UnstyledButton
          className="bc-installation"
          aria-label={t('installation.switch', {
            name: workspace.name,
            kind: t(`environment.${workspace.environment}`),
          })}
        >
          <span className="bc-dot" data-colour={workspace.colour} />
          {compact ? (
            <EnvironmentMark environment={workspace.environment} short />
          ) : (
            <>
              <span className="bc-installation-words">
                <span className="bc-installation-name bc-ellipsis">{workspace.name}</span>
                <EnvironmentMark environment={workspace.environment} />
              </span>
              <IconSelector size={16} aria-hidden />
            </>
          )}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled leftSection={<IconCheck size={15} />}>
          {workspace.name}
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {workspace.path}
          </Text>
        </Menu.Item>
        {others.map((other) => (
          <Menu.Item
            key={other.id}
            disabled={!other.reachable}
            leftSection={<span className="bc-dot" data-colour={other.colour} />}
            rightSection={<EnvironmentMark environment={other.environment} />}
            onClick={() => open(other.path)}
          >
            {other.name}
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {other.path}
            </Text>
            <Reach of={other} />
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconEye size={15} />} onClick={() => void navigate({ to: '/adopt' })}>
          {t('adopt.palette')}
        </Menu.Item>
        <Menu.Item leftSection={<IconPlus size={15} />} onClick={() => void navigate({ to: '/start' })}>
          {t('installation.another')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const reachStatus = { sealed: 'sealed', unreachable: 'unreachable', unknown: 'unknown' } as const;

/** Whether its directory is there and its OpenBao answers; and whether it is open already. */
function Reach({ of }: { readonly of: WorkspaceSummary }): ReactNode {
  const t = useT();
  if (!of.reachable) return <StatusBadge status="unreachable" />;
  if (of.openbao !== 'ready') return <StatusBadge status={reachStatus[of.openbao]} />;
  return <StatusBadge status="proved" label={t(of.held ? 'installation.held' : 'installation.answers')} />;
}
