import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';

interface RowMenuProps {
  /** What the row is called. */
  readonly name: string;
  /** Items of the menu. */
  readonly children: ReactNode;
}

/** The actions of one row of a list. Pressing them does not open the row. */
export function RowMenu({ name, children }: RowMenuProps): ReactNode {
  const t = useT();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          size="sm"
          tabIndex={-1}
          aria-label={t('list.actionsOf', { name })}
          onClick={(event) => event.stopPropagation()}
        >
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown onClick={(event) => event.stopPropagation()}>{children}</Menu.Dropdown>
    </Menu>
  );
}
