import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useNowEvery } from '../../app/now.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

/** When a leaf ends; one that has ended says so, one that was never issued too. */
export function ExpiryCell({ at }: { at: number | undefined }): ReactNode {
  const t = useT();
  const now = useNowEvery(10_000);
  if (at === undefined) return <span className="bc-muted">{t('services.notIssued')}</span>;
  if (at < now) return <StatusBadge status="expired" />;
  return <RelativeTime at={at} />;
}
