import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ScheduleList } from '../../../shared/contract/schedules.ts';
import { useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';

/** Whether anybody runs the schedules now; without one nothing of the list happens. */
export function RunnerBanner({ list }: { list: ScheduleList }): ReactNode {
  const t = useT();
  const { scheduler, schedules } = list;
  if (scheduler !== undefined)
    return (
      <p className="bc-schedule-runner" data-runs>
        <IconCircleCheck size={16} aria-hidden />
        <span>{t('schedules.runs', { pid: scheduler.pid })}</span>
        <RelativeTime at={scheduler.since} />
      </p>
    );
  if (schedules.length === 0) return null;
  return (
    <p className="bc-schedule-runner" role="status">
      <IconAlertTriangle size={16} aria-hidden />
      <span>{t('schedules.nobody')}</span>
      <Link to="/schedules/runner" className="bc-row-link">
        {t('schedules.howToRun')}
      </Link>
    </p>
  );
}
