import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useProcedure } from '../../app/procedures.ts';
import { NotFound } from '../../app/not-found.tsx';
import { usePathId } from '../../app/use-path-id.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { ScheduleWizard } from './schedule-wizard.tsx';

/** The wizard with what a schedule is now. */
export function EditSchedulePage(): ReactNode {
  const id = usePathId();
  const list = useProcedure('schedules.list', {});
  if (list.error !== null)
    return (
      <div className="bc-page">
        <ErrorPanel error={list.error.data} onRetry={() => void list.refetch()} />
      </div>
    );
  if (list.data === undefined)
    return (
      <div className="bc-page">
        <Skeleton height={240} animate={false} />
      </div>
    );
  const present = list.data.schedules.find((one) => one.id === id);
  return present === undefined ? <NotFound /> : <ScheduleWizard present={present} />;
}

/** The wizard of a new one. */
export const AddSchedulePage = (): ReactNode => <ScheduleWizard />;
