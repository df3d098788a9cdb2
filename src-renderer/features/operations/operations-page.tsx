import { useNavigate, Link } from '@tanstack/react-router';
import { IconListCheck } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList, type Column } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { operationStatus } from './states.ts';

/** Everything that changed anything, newest first. */
export function OperationsPage(): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const navigate = useNavigate();
  const [search, setSearch] = useState('');
  const list = useProcedure('operations.list', { limit: 500 }, { refetchEvery: 10_000 });
  const wanted = search.trim().toLocaleLowerCase();
  const rows = (list.data ?? []).filter((operation) =>
    `${say(operation.title)} ${operation.actor} ${operation.kind}`.toLocaleLowerCase().includes(wanted),
  );
  const columns: readonly Column<Operation>[] = [
    {
      id: 'title',
      label: t('operation.what'),
      width: 'minmax(220px, 3fr)',
      cell: (operation) => (
        <Link to="/operations/$id" params={{ id: operation.id }} className="bc-row-link">
          {say(operation.title)}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('operation.state'),
      width: 'minmax(130px, 1fr)',
      cell: (operation) => (
        <StatusBadge
          status={operationStatus[operation.state]}
          label={t(`operationState.${operation.state}`)}
        />
      ),
    },
    {
      id: 'started',
      label: t('operation.startedAt'),
      width: 'minmax(130px, 1fr)',
      cell: (operation) => <RelativeTime at={operation.startedAt} />,
    },
    {
      id: 'took',
      label: t('operation.took'),
      width: 'minmax(90px, 0.7fr)',
      align: 'end',
      cell: ({ startedAt, endedAt }) => (endedAt === undefined ? '' : words.duration(endedAt - startedAt)),
    },
    { id: 'actor', label: t('operation.actor'), width: 'minmax(140px, 1fr)', cell: ({ actor }) => actor },
  ];
  return (
    <Page
      fill
      title={t('nav.operations')}
      count={list.data === undefined ? undefined : words.number(list.data.length)}
      actions={<SearchField value={search} onChange={setSearch} label={t('operation.search')} />}
    >
      <FiveFaces
        count={list.data?.length}
        error={list.error}
        at={list.dataUpdatedAt}
        onRetry={() => void list.refetch()}
        empty={<EmptyState icon={IconListCheck} text={t('operation.none')} />}
      >
        <DataList
          key={wanted}
          label={t('nav.operations')}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          keyOf={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: '/operations/$id', params: { id } })}
        />
      </FiveFaces>
    </Page>
  );
}
