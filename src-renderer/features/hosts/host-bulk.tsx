import { Button } from '@mantine/core';
import { IconKey, IconPackageExport, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { HostRow } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { useSelectAll } from '../../app/use-select-all.ts';
import type { WindowedQuery } from '../../app/use-windowed.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import type { Selection } from '../../ui/use-selection.ts';
import { usePlanner } from '../operations/planner.tsx';

interface HostBulkProps {
  readonly selection: Selection<HostRow>;
  readonly matching: number;
  readonly query: WindowedQuery<'hosts.list'>;
}

/** What can be done with the selected hosts at once, each with its plan. */
export function HostBulk({ selection, matching, query }: HostBulkProps): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const { busy, all } = useSelectAll('hosts.list', query, matching, selection);
  const ids = [...selection.rows.keys()];
  return (
    <BulkBar count={ids.length} matching={matching} busy={busy} onAll={all} onClear={selection.clear}>
      <Button
        leftSection={<IconKey size={14} />}
        onClick={() => plan({ kind: 'rotate.approle-secret-id', input: { ids } })}
      >
        {t('hosts.bulk.secretIds')}
      </Button>
      <Button
        variant="default"
        leftSection={<IconRefresh size={14} />}
        onClick={() => plan({ kind: 'rotate.force-reissue', input: { ids } })}
      >
        {t('hosts.bulk.reissue')}
      </Button>
      <Button
        variant="default"
        leftSection={<IconPackageExport size={14} />}
        onClick={() => plan({ kind: 'host.handover', input: { ids } })}
      >
        {t('hosts.bulk.handover')}
      </Button>
    </BulkBar>
  );
}
