import type { ReactNode } from 'react';
import type { HostRow } from '../../../shared/contract/hosts.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { statusOfItem } from './host-status.ts';

/** The four items, each with the time that is left for it and what the host said went wrong. */
export function ItemsSection({ items }: { items: HostRow['items'] }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <Section title={t('hosts.items')}>
      <ul className="bc-lines">
        {items.map(({ item, status, expiresAt, error }) => (
          <li key={item}>
            <span>
              {t(`hosts.item.${item}`)}
              {error === undefined ? null : <small className="bc-host-error">{say(error)}</small>}
            </span>
            {expiresAt === undefined ? null : (
              <span className="bc-muted">
                {t('hosts.expires')} <RelativeTime at={expiresAt} />
              </span>
            )}
            <StatusBadge status={statusOfItem[status]} label={t(`services.syncStatus.${status}`)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
