import { Group } from '@mantine/core';
import { IconCircleCheck, IconServerOff } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { BoardRow } from '../../../../shared/contract/rotation-ca-key.ts';
import { useT } from '../../../app/i18n.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { NoMatch } from '../../../ui/no-match.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { Section } from '../../../ui/section.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { BoardList } from './board-list.tsx';
import { boardRows, type BoardView } from './board-rows.ts';

interface BoardSectionProps {
  readonly rows: readonly BoardRow[];
  readonly onWaive: (service: string) => void;
}

/** The gate as a board of services: all of them, or those that hold it up. */
export function BoardSection({ rows, onWaive }: BoardSectionProps): ReactNode {
  const t = useT();
  const [view, setView] = useState<BoardView>('all');
  const [search, setSearch] = useState('');
  if (rows.length === 0)
    return (
      <Section title={t('caKey.board')}>
        <EmptyState icon={IconServerOff} text={t('caKey.nobody')} />
      </Section>
    );
  const shown = boardRows(rows, view, search);
  const tools = (
    <Group gap="xs">
      <Segmented
        label={t('caKey.view')}
        value={view}
        options={[
          { value: 'all', label: t('caKey.view.all', { count: rows.length }) },
          {
            value: 'waiting',
            label: t('caKey.view.waiting', { count: boardRows(rows, 'waiting', '').length }),
          },
        ]}
        onChange={setView}
      />
      <SearchField value={search} onChange={setSearch} label={t('caKey.search')} />
    </Group>
  );
  return (
    <Section title={t('caKey.board')} actions={tools}>
      {shown.length > 0 ? (
        <BoardList key={`${view} ${search}`} rows={shown} onWaive={onWaive} />
      ) : search.trim() === '' ? (
        <EmptyState icon={IconCircleCheck} text={t('caKey.nobodyWaits')} />
      ) : (
        <NoMatch search={search} onClear={() => setSearch('')} />
      )}
    </Section>
  );
}
