import { IconCalendarClock } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import type { ScheduleList as Schedules, ScheduleView } from '../../../shared/contract/schedules.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useT } from '../../app/i18n.tsx';
import { DataList, type Sorting } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { kindWords, scheduleColumns } from './schedule-columns.tsx';
import { standingOf, standings } from './schedule-standing.ts';
import { useCalendarWords } from './use-calendar-words.ts';

interface ScheduleListProps {
  readonly list: UseQueryResult<Schedules, ConsoleError>;
  readonly search: string;
  readonly onClearSearch: () => void;
  readonly add: ReactNode;
}

type Key = (schedule: ScheduleView) => number | string;
const sortKeys: Readonly<Record<string, Key>> = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  standing: (schedule) => standings.indexOf(standingOf(schedule)),
  next: ({ nextAt }) => nextAt ?? Infinity,
  last: ({ lastRun }) => lastRun?.at ?? 0,
};
const compare = (one: number | string, other: number | string): number =>
  one < other ? -1 : one > other ? 1 : 0;

/** Every schedule: what, when, how it stands. */
export function ScheduleList({ list, search, onClearSearch, add }: ScheduleListProps): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const words = useCalendarWords();
  const [sorting, setSorting] = useState<Sorting>({ by: 'next', descending: false });
  const columns = useMemo(() => scheduleColumns(t, words), [t, words]);
  const wanted = search.trim().toLocaleLowerCase();
  const key = sortKeys[sorting.by] ?? sortKeys['id'];
  const rows = (list.data?.schedules ?? [])
    .filter(({ id, kind, cron, timezone }) =>
      `${id} ${kind} ${kindWords(kind, t)} ${words(cron)} ${timezone}`.toLocaleLowerCase().includes(wanted),
    )
    .sort((one, other) => {
      const order = key === undefined ? 0 : compare(key(one), key(other));
      return (sorting.descending ? -order : order) || compare(one.id, other.id);
    });
  return (
    <FiveFaces
      count={list.data?.schedules.length}
      error={list.error}
      at={list.dataUpdatedAt}
      onRetry={() => void list.refetch()}
      empty={<EmptyState icon={IconCalendarClock} text={t('schedules.none')} action={add} />}
    >
      {rows.length === 0 ? (
        <NoMatch search={search} onClear={onClearSearch} />
      ) : (
        <DataList
          key={wanted}
          label={t('nav.schedules')}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          keyOf={({ id }) => id}
          sorting={sorting}
          onSort={setSorting}
          onOpen={({ id }) => void navigate({ to: '/schedules/edit/$id', params: { id } })}
        />
      )}
    </FiveFaces>
  );
}
