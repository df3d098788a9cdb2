import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconHistory, IconShieldCheck } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { AuditEntry } from '../../../shared/contract/audit.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList, type Column } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { AuditEntryDrawer } from './audit-entry-drawer.tsx';
import { useAudit } from './use-audit.ts';

const statusOf: Record<AuditEntry['outcome'], Status> = {
  started: 'pending',
  done: 'proved',
  failed: 'failed',
  refused: 'failed',
  pending: 'pending',
  cancelled: 'unknown',
  interrupted: 'overdue',
  undone: 'unknown',
};

/** Who did what and how it ended; the chain of hashes can be verified from the first entry to the last. */
export function AuditPage(): ReactNode {
  const t = useT();
  const words = useWords();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim().slice(0, 200), 150);
  const [shown, setShown] = useState<AuditEntry>();
  const log = useAudit(settled);
  const verdict = useProcedure('audit.verify', {}, { enabled: false, staleTime: Infinity });
  const columns: readonly Column<AuditEntry>[] = [
    { id: 'seq', label: '#', width: '56px', align: 'end', cell: ({ seq }) => words.number(seq) },
    {
      id: 'at',
      label: t('audit.at'),
      width: 'minmax(104px, 0.8fr)',
      cell: ({ at }) => <RelativeTime at={at} />,
    },
    { id: 'actor', label: t('operation.actor'), width: 'minmax(110px, 1fr)', cell: ({ actor }) => actor },
    {
      id: 'action',
      label: t('audit.action'),
      width: 'minmax(126px, 1.1fr)',
      cell: ({ action }) => <code>{action}</code>,
    },
    {
      id: 'target',
      label: t('audit.target'),
      width: 'minmax(90px, 1.6fr)',
      cell: ({ target }) => <span title={target}>{target}</span>,
    },
    {
      id: 'outcome',
      label: t('audit.outcome'),
      width: '118px',
      cell: ({ outcome }) => (
        <StatusBadge status={statusOf[outcome]} label={t(`audit.outcomes.${outcome}`)} />
      ),
    },
  ];
  return (
    <Page
      fill
      title={t('nav.audit')}
      count={log.total === undefined ? undefined : words.number(log.total)}
      actions={
        <>
          <SearchField value={search} onChange={setSearch} label={t('audit.search')} />
          <Button
            leftSection={<IconShieldCheck size={15} />}
            loading={verdict.isFetching}
            onClick={() => void verdict.refetch()}
          >
            {t('audit.verify')}
          </Button>
        </>
      }
    >
      {verdict.error === null ? null : (
        <ErrorPanel error={verdict.error.data} onRetry={() => void verdict.refetch()} />
      )}
      {verdict.data === undefined ? null : (
        <div role="status" className="bc-tools">
          <StatusBadge
            status={verdict.data.intact ? 'proved' : 'contradicted'}
            label={t(verdict.data.intact ? 'audit.intact' : 'audit.broken')}
          />
          <span>
            {verdict.data.broken === undefined
              ? t('audit.intactText', { count: verdict.data.entries })
              : t(`audit.brokenText.${verdict.data.broken.how}`, { seq: verdict.data.broken.seq })}
          </span>
        </div>
      )}
      <FiveFaces
        count={log.total}
        error={log.error}
        at={log.at}
        onRetry={log.refetch}
        empty={<EmptyState icon={IconHistory} text={t('audit.none')} />}
      >
        {log.rows.length === 0 ? (
          <NoMatch search={settled} onClear={() => setSearch('')} />
        ) : (
          <DataList
            key={settled}
            label={t('nav.audit')}
            columns={columns}
            count={log.rows.length}
            rowAt={(index) => log.rows[index]}
            keyOf={({ seq }) => String(seq)}
            onRange={log.onRange}
            onOpen={setShown}
          />
        )}
      </FiveFaces>
      <AuditEntryDrawer entry={shown} onClose={() => setShown(undefined)} />
    </Page>
  );
}
