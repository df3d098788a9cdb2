import { IconExternalLink, IconKey, IconRefresh, IconTrash } from '@tabler/icons-react';
import { Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ServiceSummary } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { usePlanner } from '../operations/planner.tsx';

interface ServiceActionsProps {
  readonly service: ServiceSummary;
}

/** What can be done with one service of the list: the menu that `.` opens too. */
export function ServiceActions({ service }: ServiceActionsProps): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const navigate = useNavigate();
  const { id } = service;
  return (
    <RowMenu name={id}>
      <Menu.Item
        leftSection={<IconExternalLink size={15} />}
        onClick={() => void navigate({ to: '/services/$id', params: { id } })}
      >
        {t('services.add.toService')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconRefresh size={15} />}
        onClick={() => plan({ kind: 'service.issue', input: { id } })}
      >
        {t('services.issueNow')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconKey size={15} />}
        onClick={() => plan({ kind: 'rotate.approle-secret-id', input: { ids: [id] } })}
      >
        {t('services.bulkSecretIds')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        className="bc-danger"
        leftSection={<IconTrash size={15} />}
        onClick={() => plan({ kind: 'service.remove', input: { id } })}
      >
        {t('services.remove')}
      </Menu.Item>
    </RowMenu>
  );
}
