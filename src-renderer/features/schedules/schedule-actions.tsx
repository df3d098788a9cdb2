import { Menu } from '@mantine/core';
import { IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ScheduleView } from '../../../shared/contract/schedules.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { RowMenu } from '../../ui/row-menu.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** What can be done with one schedule. Removing it takes back nothing that ran. */
export function ScheduleActions({ schedule }: { schedule: ScheduleView }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const navigate = useNavigate();
  const refresh = ['schedules.list', 'schedules.preview', 'schedules.credential'] as const;
  const save = useMutationProcedure('schedules.save', refresh);
  const remove = useMutationProcedure('schedules.remove', refresh);
  const { id, kind, input, cron, timezone, enabled } = schedule;
  return (
    <RowMenu name={id}>
      <Menu.Item leftSection={<IconPlayerPlay size={15} />} onClick={() => plan({ kind, input })}>
        {t('schedules.runNow')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconPencil size={15} />}
        onClick={() => void navigate({ to: '/schedules/edit/$id', params: { id } })}
      >
        {t('schedules.edit')}
      </Menu.Item>
      <Menu.Item
        leftSection={enabled ? <IconPlayerPause size={15} /> : <IconRefresh size={15} />}
        onClick={() => save.mutate({ id, kind, input, cron, timezone, enabled: !enabled })}
      >
        {t(enabled ? 'schedules.switchOff' : 'schedules.switchOn')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        className="bc-danger"
        leftSection={<IconTrash size={15} />}
        onClick={() => remove.mutate({ id })}
      >
        {t('schedules.remove')}
      </Menu.Item>
    </RowMenu>
  );
}
