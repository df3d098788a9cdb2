import { Select } from '@mantine/core';
import { IconArrowRight, IconHistory } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList, type Column } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Mono } from '../../ui/mono.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { operationColumns } from '../operations/operation-columns.tsx';
import { rotationsIn, targetsIn } from './history-rows.ts';

interface HistoryListProps {
  readonly search: string;
  readonly onClearSearch: () => void;
}

/** Past rotations: who, when, by which plan, from which fingerprint to which, and how it ended. */
export function HistoryList({ search, onClearSearch }: HistoryListProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const navigate = useNavigate();
  const [target, setTarget] = useState<string>();
  const list = useProcedure('operations.list', { limit: 500 }, { refetchEvery: 15_000 });
  const secrets = useProcedure('rotation.list', {});
  const nameOf = (each: string): string => {
    const title = secrets.data?.find((item) => item.target === each)?.title;
    return title === undefined ? each : say(title);
  };
  const wanted = search.trim().toLocaleLowerCase();
  const all = rotationsIn(list.data ?? [], undefined);
  const rows = rotationsIn(list.data ?? [], target).filter((one) =>
    `${say(one.title)} ${one.actor} ${one.kind} ${one.planDigest}`.toLocaleLowerCase().includes(wanted),
  );
  const shared = operationColumns(t, say, words);
  const columns: readonly Column<Operation>[] = [
    { ...shared.title, label: t('rotation.history.what') },
    { ...shared.state, label: t('rotation.history.outcome') },
    shared.started,
    { ...shared.actor, spare: 'tight' },
    {
      id: 'digest',
      spare: true,
      label: t('operation.digest'),
      width: '128px',
      cell: ({ planDigest }) => <Mono value={planDigest} length={13} />,
    },
    {
      id: 'changes',
      spare: 'narrow',
      label: t('rotation.history.changes'),
      // Two fingerprints and how many more there are, whole.
      width: 'minmax(300px, 1fr)',
      cell: ({ changes }) => <Fingerprints changes={changes} />,
    },
    { ...shared.took, spare: true },
  ];
  return (
    <FiveFaces
      count={list.data === undefined ? undefined : all.length}
      error={list.error}
      at={list.dataUpdatedAt}
      onRetry={() => void list.refetch()}
      empty={<EmptyState icon={IconHistory} text={t('rotation.history.none')} />}
    >
      <div className="bc-tools">
        <Select
          w={280}
          size="sm"
          clearable
          aria-label={t('rotation.history.filter')}
          placeholder={t('rotation.history.filter')}
          value={target ?? null}
          data={targetsIn(list.data ?? []).map((each) => ({ value: each, label: nameOf(each) }))}
          comboboxProps={{ portalProps: { target: '#overlays' } }}
          clearButtonProps={{ 'aria-label': t('rotation.history.all') }}
          onChange={(next) => setTarget(next ?? undefined)}
        />
      </div>
      {rows.length === 0 ? (
        <NoMatch
          search={search}
          onClear={() => {
            setTarget(undefined);
            onClearSearch();
          }}
        />
      ) : (
        <DataList
          key={`${wanted} ${target ?? ''}`}
          label={t('rotation.tab.history')}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          keyOf={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: '/operations/$id', params: { id } })}
        />
      )}
    </FiveFaces>
  );
}

/** A mask without its dots: the fingerprint alone. */
const shortMark = (mask: string | undefined): string | undefined => mask?.replace(/^•+ /, '');

/** The first change by fingerprint, and how many more there are. */
function Fingerprints({ changes }: { changes: Operation['changes'] }): ReactNode {
  const t = useT();
  const [first] = changes;
  if (first === undefined) return <span className="bc-muted">–</span>;
  return (
    <span className="bc-fingerprints" title={first.what}>
      <code>{shortMark(first.before) ?? t('operation.wasNothing')}</code>
      <IconArrowRight size={12} aria-label={t('operation.became')} />
      <code>{shortMark(first.after) ?? t('operation.isNothing')}</code>
      {changes.length > 1 ? (
        <span className="bc-muted">{t('rotation.history.more', { count: changes.length - 1 })}</span>
      ) : null}
    </span>
  );
}
