import { IconCalendarClock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList, type Column } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { kindWords } from './schedule-columns.tsx';

interface Moment {
  readonly at: number;
  readonly id: string;
  readonly kind: string;
}

interface PreviewListProps {
  readonly search: string;
  readonly onClearSearch: () => void;
}

/** Every run of the thirty days to come, in their order. */
export function PreviewList({ search, onClearSearch }: PreviewListProps): ReactNode {
  const t = useT();
  const words = useWords();
  const list = useProcedure('schedules.list', {});
  const preview = useProcedure('schedules.preview', { days: 30 }, { refetchEvery: 60_000 });
  const kinds = new Map(list.data?.schedules.map(({ id, kind }) => [id, kindWords(kind, t)]));
  const wanted = search.trim().toLocaleLowerCase();
  const rows = (preview.data ?? [])
    .map(({ at, id }): Moment => ({ at, id, kind: kinds.get(id) ?? '' }))
    .filter(({ id, kind }) => `${id} ${kind}`.toLocaleLowerCase().includes(wanted));
  const columns: readonly Column<Moment>[] = [
    {
      id: 'at',
      label: t('schedules.moment'),
      width: 'minmax(180px, 1fr)',
      cell: ({ at }) => words.absolute(at),
    },
    {
      id: 'in',
      label: t('schedules.next'),
      width: 'minmax(110px, 0.7fr)',
      cell: ({ at }) => <RelativeTime at={at} />,
    },
    { id: 'id', label: t('schedules.name'), width: 'minmax(120px, 1fr)', cell: ({ id }) => id },
    { id: 'kind', label: t('schedules.what'), width: 'minmax(180px, 2fr)', cell: ({ kind }) => kind },
  ];
  return (
    <FiveFaces
      count={preview.data?.length}
      error={preview.error}
      at={preview.dataUpdatedAt}
      onRetry={() => void preview.refetch()}
      empty={<EmptyState icon={IconCalendarClock} text={t('schedules.nothingAhead')} />}
    >
      {rows.length === 0 ? (
        <NoMatch search={search} onClear={onClearSearch} />
      ) : (
        <DataList
          key={wanted}
          label={t('schedules.tab.preview')}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          keyOf={({ at, id }) => `${id} ${at}`}
        />
      )}
    </FiveFaces>
  );
}
