import { Button } from '@mantine/core';
import { IconKey, IconPackageExport, IconRefresh } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { HostRow } from '../../../shared/contract/hosts.ts';
import { useClient } from '../../app/client-context.tsx';
import { useT } from '../../app/i18n.tsx';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import type { Selection } from '../../ui/use-selection.ts';
import { usePlanner } from '../operations/planner.tsx';
import type { HostsQuery } from './use-hosts.ts';

/** Rows asked for at a time when all are selected. */
const window = 500;

interface HostBulkProps {
  readonly selection: Selection<HostRow>;
  readonly matching: number;
  readonly query: HostsQuery;
}

/** What can be done with the selected hosts at once, each with its plan. */
export function HostBulk({ selection, matching, query }: HostBulkProps): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const ids = [...selection.rows.keys()];
  const all = async (): Promise<void> => {
    setBusy(true);
    try {
      for (let offset = 0; offset < matching; offset += window) {
        const { items } = await client.call('hosts.list', { ...query, offset, limit: window });
        selection.add(items.map((item) => [item.id, item]));
      }
    } catch {
      // The list beside it says what is wrong; what was answered is selected.
    } finally {
      setBusy(false);
    }
  };
  return (
    <BulkBar
      count={ids.length}
      matching={matching}
      busy={busy}
      onAll={() => void all()}
      onClear={selection.clear}
    >
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
