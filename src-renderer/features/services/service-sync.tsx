import type { ReactNode } from 'react';
import type { ServiceDetail } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';

type SyncStatus = ServiceDetail['sync'][number]['status'];

const statusOf: Record<SyncStatus, Status> = {
  none: 'unknown',
  pending: 'pending',
  applied: 'proved',
  failed: 'failed',
  expired: 'expired',
};

/** What was handed to the service and whether it took it. Shown when anything was. */
export function ServiceSync({ items }: { items: ServiceDetail['sync'] }): ReactNode {
  const t = useT();
  const shown = items.filter(({ status }) => status !== 'none');
  if (shown.length === 0) return null;
  return (
    <Section title={t('services.sync')}>
      <ul className="bc-lines">
        {shown.map(({ item, status, expiresAt }) => (
          <li key={item}>
            <span>{t(`services.syncItem.${item}`)}</span>
            {expiresAt === undefined ? null : <RelativeTime at={expiresAt} />}
            <StatusBadge status={statusOf[status]} label={t(`services.syncStatus.${status}`)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
