import { Button } from '@mantine/core';
import { IconKey, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ServiceSummary } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { useSession } from '../../app/session.tsx';
import { useSelectAll } from '../../app/use-select-all.ts';
import type { WindowedQuery } from '../../app/use-windowed.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import type { Selection } from '../../ui/use-selection.ts';
import { usePlanner } from '../operations/planner.tsx';
import { rotationCommand, serviceWords } from '../rotation/command.ts';

interface ServiceBulkProps {
  readonly selection: Selection<ServiceSummary>;
  readonly matching: number;
  readonly query: WindowedQuery<'services.list'>;
}

/** What can be done with the selected services at once, each with its plan. */
export function ServiceBulk({ selection, matching, query }: ServiceBulkProps): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const { workspace } = useSession();
  const { busy, all } = useSelectAll('services.list', query, matching, selection);
  const ids = [...selection.rows.keys()];
  return (
    <BulkBar count={ids.length} matching={matching} busy={busy} onAll={all} onClear={selection.clear}>
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
