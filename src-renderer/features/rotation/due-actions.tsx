import { ActionIcon, Button, Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy, IconDots, IconHistory, IconRefresh } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useSession } from '../../app/session.tsx';
import { allWords, rotationCommand } from './command.ts';
import { useRotate } from './rotate-provider.tsx';

interface DueActionsProps {
  readonly item: RotationItem;
  /** Where the button of the menu is, for the key that opens it. */
  readonly place: (button: HTMLButtonElement | null) => void;
}

/** What can be done with a secret: its button, and the menu that `.` opens too. */
export function DueActions({ item, place }: DueActionsProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const rotate = useRotate();
  const navigate = useNavigate();
  const clipboard = useClipboard({ timeout: 1500 });
  const { workspace } = useSession();
  const { lastOperationId } = item;
  const name = say(item.title);
  return (
    <span className="bc-row-actions">
      <Button
        size="compact-xs"
        variant={item.due === 'due' || item.due === 'overdue' ? 'filled' : 'default'}
        aria-label={t('rotation.rotateOne', { name })}
        onClick={(event) => {
          event.stopPropagation();
          rotate(item);
        }}
      >
        {t('rotation.rotate')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            ref={place}
            size="sm"
            aria-label={t('rotation.moreOf', { name })}
            onClick={(event) => event.stopPropagation()}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown onClick={(event) => event.stopPropagation()}>
          <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => rotate(item)}>
            {t('rotation.rotate')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconCopy size={15} />}
            closeMenuOnClick={false}
            onClick={() =>
              clipboard.copy(rotationCommand(workspace?.path, item.target, allWords(item.input)))
            }
          >
            {clipboard.copied ? t('ui.copied') : t('ui.copyCommand')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconHistory size={15} />}
            disabled={lastOperationId === undefined}
            onClick={() => {
              if (lastOperationId !== undefined)
                void navigate({ to: '/operations/$id', params: { id: lastOperationId } });
            }}
          >
            {t('rotation.openLast')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
