import { Button, Tooltip } from '@mantine/core';
import { IconKey, IconSearchOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useRef, useState, type ReactNode } from 'react';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { DataList, type Column, type Sorting } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { DueActions } from './due-actions.tsx';
import { compareItems, dueSorts, standingOf, standingStatus } from './due-status.ts';
import { PolicyDialog } from './policy-dialog.tsx';
import { PolicyMenu } from './policy-menu.tsx';
import { useRotate } from './rotate-provider.tsx';

interface DueListProps {
  readonly search: string;
  readonly onClearSearch: () => void;
}

/** Every secret with its age, its policy, its last proof and what must take a new value. */
export function DueList({ search, onClearSearch }: DueListProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const rotate = useRotate();
  const list = useProcedure('rotation.list', {}, { refetchEvery: 15_000 });
  const policy = useMutationProcedure('rotation.setPolicy', ['rotation.list']);
  const [sorting, setSorting] = useState<Sorting>({ by: 'state', descending: false });
  const menus = useRef(new Map<string, HTMLButtonElement>());
  const [daysFor, setDaysFor] = useState<RotationItem>();
  const touches = (item: RotationItem): string => item.touches.map(say).join(', ');
  const wanted = search.trim().toLocaleLowerCase();
  const by = dueSorts.find((key) => key === sorting.by) ?? 'state';
  const rows = (list.data ?? [])
    .filter((item) =>
      `${say(item.title)} ${item.target} ${touches(item)}`.toLocaleLowerCase().includes(wanted),
    )
    .sort(compareItems(by, ({ title }) => say(title)));
  if (sorting.descending) rows.reverse();
  const time = (at: number | undefined, otherwise: string): ReactNode =>
    at === undefined ? <span className="bc-muted">{otherwise}</span> : <RelativeTime at={at} />;
  const columns: readonly Column<RotationItem>[] = [
    {
      id: 'name',
      label: t('rotation.secret'),
      width: 'minmax(120px, 1.7fr)',
      sortable: true,
      cell: (item) => <strong title={item.target}>{say(item.title)}</strong>,
    },
    {
      id: 'state',
      label: t('rotation.state'),
      width: '118px',
      sortable: true,
      cell: (item) => {
        const standing = standingOf(item);
        return <StatusBadge status={standingStatus[standing]} label={t(`rotation.standing.${standing}`)} />;
      },
    },
    {
      id: 'age',
      spare: 'narrow',
      label: t('rotation.changed'),
      width: 'minmax(96px, 0.8fr)',
      sortable: true,
      cell: ({ changedAt }) => time(changedAt, t('rotation.notKnown')),
    },
    {
      id: 'policy',
      label: t('rotation.policy'),
      width: 'minmax(96px, 0.7fr)',
      sortable: true,
      cell: (item) => (
        <PolicyMenu
          item={item}
          onChoose={(days) => policy.mutate({ target: item.target, days })}
          onOther={() => setDaysFor(item)}
        />
      ),
    },
    {
      id: 'proof',
      spare: 'narrow',
      label: t('rotation.lastProof'),
      width: 'minmax(96px, 0.8fr)',
      sortable: true,
      cell: ({ lastProofAt, lastOperationId }) =>
        lastProofAt === undefined || lastOperationId === undefined ? (
          <span className="bc-muted">{t('rotation.never')}</span>
        ) : (
          <Link
            to="/operations/$id"
            params={{ id: lastOperationId }}
            className="bc-link"
            onClick={(event) => event.stopPropagation()}
          >
            <RelativeTime at={lastProofAt} />
          </Link>
        ),
    },
    {
      id: 'ends',
      spare: true,
      label: t('rotation.endsItself'),
      width: 'minmax(96px, 0.7fr)',
      sortable: true,
      cell: ({ expiresAt }) => time(expiresAt, '–'),
    },
    {
      id: 'touches',
      spare: true,
      label: t('rotation.touches'),
      width: 'minmax(150px, 1.7fr)',
      cell: (item) => (
        <Tooltip label={touches(item)} disabled={item.touches.length === 0}>
          <span className="bc-muted">{touches(item)}</span>
        </Tooltip>
      ),
    },
    {
      id: 'actions',
      label: t('rotation.actions'),
      width: '124px',
      align: 'end',
      cell: (item) => (
        <DueActions
          item={item}
          place={(button) => {
            if (button === null) menus.current.delete(item.target);
            else menus.current.set(item.target, button);
          }}
        />
      ),
    },
  ];
  return (
    <>
      {policy.error === null ? null : <ErrorPanel error={policy.error.data} />}
      <FiveFaces
        count={list.data?.length}
        error={list.error}
        at={list.dataUpdatedAt}
        onRetry={() => void list.refetch()}
        empty={<EmptyState icon={IconKey} text={t('rotation.none')} />}
      >
        {rows.length === 0 ? (
          <EmptyState
            icon={IconSearchOff}
            text={t('ui.nothingFound', { search })}
            action={
              <Button variant="default" onClick={onClearSearch}>
                {t('ui.clearSearch')}
              </Button>
            }
          />
        ) : (
          <DataList
            label={t('rotation.dueList')}
            columns={columns}
            count={rows.length}
            rowAt={(index) => rows[index]}
            keyOf={({ target }) => target}
            sorting={sorting}
            onSort={setSorting}
            onOpen={rotate}
            onActions={({ target }) => {
              const button = menus.current.get(target);
              button?.focus();
              // A menu that opens during the key press is closed by its end.
              setTimeout(() => button?.click());
            }}
          />
        )}
      </FiveFaces>
      <PolicyDialog
        item={daysFor}
        onClose={() => setDaysFor(undefined)}
        onChoose={({ target }, days) => policy.mutate({ target, days })}
      />
    </>
  );
}
