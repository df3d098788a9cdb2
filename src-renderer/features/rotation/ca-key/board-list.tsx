import { Button, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import type { BoardCell, BoardRow } from '../../../../shared/contract/rotation-ca-key.ts';
import { useMessage, useT } from '../../../app/i18n.tsx';
import { DataList, type Column } from '../../../ui/data-list.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { StatusBadge } from '../../../ui/status-badge.tsx';
import { cellStatus } from './phases.ts';

function Cell({ cell }: { cell: BoardCell }): ReactNode {
  const say = useMessage();
  if (cell.state === 'none') return <span className="bc-muted">–</span>;
  const badge = <StatusBadge status={cellStatus[cell.state]} />;
  if (cell.evidence === undefined) return badge;
  return (
    <Tooltip label={say(cell.evidence)} events={{ hover: true, focus: true, touch: true }}>
      <span tabIndex={-1}>
        {badge}
        <span className="bc-hidden">{say(cell.evidence)}</span>
      </span>
    </Tooltip>
  );
}

interface BoardListProps {
  readonly rows: readonly BoardRow[];
  readonly onWaive: (service: string) => void;
}

/** Who is ready for the next phase, and by which evidence. */
export function BoardList({ rows, onWaive }: BoardListProps): ReactNode {
  const t = useT();
  const cell = (id: 'bundle' | 'pins' | 'issuer' | 'served'): Column<BoardRow> => ({
    id,
    label: t(`caKey.column.${id}`),
    width: 'minmax(104px, 1fr)',
    cell: (row) => <Cell cell={row[id]} />,
  });
  const columns: readonly Column<BoardRow>[] = [
    {
      id: 'service',
      label: t('caKey.column.service'),
      width: 'minmax(130px, 1.4fr)',
      cell: ({ service }) => <strong>{service}</strong>,
    },
    {
      id: 'host',
      label: t('caKey.column.host'),
      width: 'minmax(110px, 1fr)',
      spare: true,
      cell: ({ host }) => <span className="bc-muted">{host}</span>,
    },
    cell('bundle'),
    cell('pins'),
    cell('issuer'),
    cell('served'),
    {
      id: 'seen',
      label: t('caKey.column.seen'),
      width: 'minmax(96px, 0.8fr)',
      spare: true,
      cell: ({ lastSeen }) =>
        lastSeen === undefined ? <span className="bc-muted">–</span> : <RelativeTime at={lastSeen} />,
    },
    {
      id: 'ready',
      label: t('caKey.column.ready'),
      width: '124px',
      align: 'end',
      cell: ({ service, green, waived }) =>
        green ? (
          <StatusBadge status="proved" label={t('caKey.ready')} />
        ) : waived !== undefined ? (
          <Tooltip label={waived.reason}>
            <span>
              <StatusBadge status="due" label={t('caKey.waived')} />
            </span>
          </Tooltip>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t('caKey.waiveTitle', { name: service })}
            onClick={() => onWaive(service)}
          >
            {t('caKey.waive')}
          </Button>
        ),
    },
  ];
  return (
    <div className="bc-board" style={{ height: `min(52vh, ${String(rows.length * 46 + 60)}px)` }}>
      <DataList
        label={t('caKey.board')}
        columns={columns}
        count={rows.length}
        rowAt={(index) => rows[index]}
        keyOf={({ service }) => service}
      />
    </div>
  );
}
