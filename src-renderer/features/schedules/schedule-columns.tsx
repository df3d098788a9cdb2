import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ScheduleView } from '../../../shared/contract/schedules.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { Column } from '../../ui/data-list.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { titleOfKind } from './kinds.ts';
import { ScheduleActions } from './schedule-actions.tsx';
import { standingOf, standingStatus } from './schedule-standing.ts';

const time = (at: number | undefined, none: string): ReactNode =>
  at === undefined ? <span className="bc-muted">{none}</span> : <RelativeTime at={at} />;

/** The operation in words, or its kind where there are none. */
export function kindWords(kind: string, t: Translate): string {
  const title = titleOfKind(kind);
  return title === undefined ? kind : t(title);
}

/** Name, what it does, when, how it stands, next and last run. */
export const scheduleColumns = (
  t: Translate,
  calendarWords: (cron: string) => string,
): readonly Column<ScheduleView>[] => [
  {
    id: 'id',
    label: t('schedules.name'),
    width: 'minmax(120px, 1fr)',
    sortable: true,
    cell: ({ id }) => (
      <Link to="/schedules/edit/$id" params={{ id }} className="bc-row-link" title={id}>
        {id}
      </Link>
    ),
  },
  {
    id: 'kind',
    label: t('schedules.what'),
    width: 'minmax(120px, 1.6fr)',
    sortable: true,
    cell: ({ kind }) => <span title={kind}>{kindWords(kind, t)}</span>,
  },
  {
    id: 'when',
    spare: 'tight',
    label: t('schedules.when'),
    width: 'minmax(170px, 1.4fr)',
    cell: ({ cron, timezone }) => (
      <span title={`${cron} ${timezone}`}>
        {calendarWords(cron)} <span className="bc-muted">{timezone}</span>
      </span>
    ),
  },
  {
    id: 'standing',
    label: t('schedules.standing'),
    width: '152px',
    sortable: true,
    cell: (schedule) => {
      const standing = standingOf(schedule);
      return <StatusBadge status={standingStatus[standing]} label={t(`schedules.standings.${standing}`)} />;
    },
  },
  {
    id: 'next',
    label: t('schedules.next'),
    width: 'minmax(100px, 0.7fr)',
    sortable: true,
    cell: ({ nextAt }) => time(nextAt, '–'),
  },
  {
    id: 'last',
    spare: 'tight',
    label: t('schedules.last'),
    width: 'minmax(100px, 0.7fr)',
    sortable: true,
    cell: ({ lastRun }) => {
      const { operationId: id } = lastRun ?? {};
      const at = time(lastRun?.at, t('schedules.never'));
      return id === undefined ? (
        at
      ) : (
        <Link
          to="/operations/$id"
          params={{ id }}
          className="bc-row-link"
          onClick={(e) => e.stopPropagation()}
        >
          {at}
        </Link>
      );
    },
  },
  {
    id: 'actions',
    label: t('list.actions'),
    head: null,
    width: '36px',
    cell: (schedule) => <ScheduleActions schedule={schedule} />,
  },
];
