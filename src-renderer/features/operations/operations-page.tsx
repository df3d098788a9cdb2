import { IconListCheck } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { AddServiceButton } from '../services/add-service-button.tsx';
import { operationColumns } from './operation-columns.tsx';

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
  const columns = useMemo(() => {
    const { title, state, started, took, actor } = operationColumns(t, say, words);
    return [title, state, started, took, actor];
  }, [t, say, words]);
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
        empty={<EmptyState icon={IconListCheck} text={t('operation.none')} action={<AddServiceButton />} />}
      >
        {rows.length === 0 ? (
          <NoMatch search={search.trim()} onClear={() => setSearch('')} />
        ) : (
          <DataList
            key={wanted}
            label={t('nav.operations')}
            columns={columns}
            count={rows.length}
            rowAt={(index) => rows[index]}
            keyOf={({ id }) => id}
            onOpen={({ id }) => void navigate({ to: '/operations/$id', params: { id } })}
          />
        )}
      </FiveFaces>
    </Page>
  );
}
