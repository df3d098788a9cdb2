import { Button } from '@mantine/core';
import { IconCalendarClock } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';

interface NightlyButtonProps {
  readonly kind: 'openbao.rotate-audit' | 'stepca.prune';
  /** Of the schedule that is made. */
  readonly id: string;
  readonly input: unknown;
  readonly label: string;
}

/** Puts an operation on a calendar, every night; where it is on one already, the way to it. */
export function NightlyButton({ kind, id, input, label }: NightlyButtonProps): ReactNode {
  const t = useT();
  const schedules = useProcedure('schedules.list', {});
  const save = useMutationProcedure('schedules.save', ['schedules.list']);
  const known = schedules.data?.schedules.find((one) => one.kind === kind && one.enabled);
  if (known !== undefined)
    return (
      <Button component={Link} to={`/schedules/edit/${known.id}`} variant="subtle">
        {t('health.scheduled', { id: known.id })}
      </Button>
    );
  return (
    <Button
      variant="default"
      leftSection={<IconCalendarClock size={15} aria-hidden />}
      loading={save.isPending}
      disabled={schedules.data === undefined}
      title={save.error === null ? undefined : t('health.scheduleRefused')}
      onClick={() =>
        save.mutate({
          id,
          kind,
          input,
          cron: '20 3 * * *',
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          enabled: true,
        })
      }
    >
      {label}
    </Button>
  );
}
