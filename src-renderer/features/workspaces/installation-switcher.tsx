import { Menu, Text, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconEye, IconPlus, IconSelector } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { errorMessages } from '../../../shared/errors.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useSession } from '../../app/session.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { KindMark } from './kind-mark.tsx';
import { useOpenWorkspace } from './use-open-workspace.ts';

/** Name, colour and LAB or PRODUCTION of the open installation; the others behind it. */
export function InstallationSwitcher({ compact }: { compact: boolean }): ReactNode {
  const t = useT();
  const say = useMessage();
  const navigate = useNavigate();
  const { workspace } = useSession();
  const list = useProcedure('workspaces.list', {});
  const { open, mutation } = useOpenWorkspace();
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
          aria-label={t('installation.switch', { name: workspace.name, kind: t(`kind.${workspace.kind}`) })}
        >
          <span className="bc-dot" data-colour={workspace.colour} />
          {compact ? (
            <KindMark kind={workspace.kind} short />
          ) : (
            <>
              <span className="bc-installation-words">
                <span className="bc-installation-name bc-ellipsis">{workspace.name}</span>
                <KindMark kind={workspace.kind} />
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
            rightSection={
              other.reachable ? <KindMark kind={other.kind} /> : <StatusBadge status="unreachable" />
            }
            onClick={() => open(other.path)}
          >
            {other.name}
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {other.path}
            </Text>
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
