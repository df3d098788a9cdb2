import { Button } from '@mantine/core';
import { IconKey, IconRefresh } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { Input } from '../../../shared/contract/index.ts';
import type { ServiceSummary } from '../../../shared/contract/services.ts';
import { useClient } from '../../app/client-context.tsx';
import { useT } from '../../app/i18n.tsx';
import { useSession } from '../../app/session.tsx';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import type { Selection } from '../../ui/use-selection.ts';
import { usePlanner } from '../operations/planner.tsx';
import { rotationCommand, serviceWords } from '../rotation/command.ts';

/** Rows asked for at a time when all are selected. */
const window = 500;

interface ServiceBulkProps {
  readonly selection: Selection<ServiceSummary>;
  readonly matching: number;
  readonly query: Omit<Input<'services.list'>, 'offset' | 'limit'>;
}

/** What can be done with the selected services at once, each with its plan. */
export function ServiceBulk({ selection, matching, query }: ServiceBulkProps): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const client = useClient();
  const { workspace } = useSession();
  const [busy, setBusy] = useState(false);
  const ids = [...selection.rows.keys()];
  const all = async (): Promise<void> => {
    setBusy(true);
    try {
      for (let offset = 0; offset < matching; offset += window) {
        const { items } = await client.call('services.list', { ...query, offset, limit: window });
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
        leftSection={<IconRefresh size={14} />}
        onClick={() => plan({ kind: 'rotate.force-reissue', input: { ids } })}
      >
        {t('services.bulkReissue')}
      </Button>
      <Button
        variant="default"
        leftSection={<IconKey size={14} />}
        onClick={() => plan({ kind: 'rotate.approle-secret-id', input: { ids } })}
      >
        {t('services.bulkSecretIds')}
      </Button>
      <CopyButton
        value={rotationCommand(workspace?.path, 'force-reissue', serviceWords(ids))}
        label={t('ui.copyCommand')}
      />
    </BulkBar>
  );
}
