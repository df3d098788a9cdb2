import type { ReactNode } from 'react';
import type { HostRow } from '../../../shared/contract/hosts.ts';
import type { MessageKey } from '../../../shared/i18n/index.ts';
import { message, type Message } from '../../../shared/message.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { statusOfItem } from './host-status.ts';

/** What to do about it stands in the catalogue beside what went wrong. */
function nextOf({ key, params }: Message): Message | undefined {
  const code = /^error\.(.+)\.what$/.exec(key)?.[1];
  return code === undefined ? undefined : message(`error.${code}.next` as MessageKey, params);
}

/** The four items, each with the time that is left for it and what the host said went wrong. */
export function ItemsSection({ items }: { items: HostRow['items'] }): ReactNode {
  const t = useT();
  const say = useMessage();
  const wrong = (error: Message): ReactNode => {
    const next = nextOf(error);
    return (
      <>
        <span className="bc-host-error">{say(error)}</span>
        {next === undefined ? null : <span className="bc-muted">{say(next)}</span>}
      </>
    );
  };
  return (
    <Section title={t('hosts.items')}>
      <ul className="bc-lines">
        {items.map(({ item, status, expiresAt, error }) => (
          <li key={item}>
            <span>
              {t(`hosts.item.${item}`)}
              {error === undefined ? null : wrong(error)}
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
