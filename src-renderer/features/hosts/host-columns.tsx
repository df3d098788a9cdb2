import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { HostRow } from '../../../shared/contract/hosts.ts';
import { useMessage, useT, type Translate } from '../../app/i18n.tsx';
import { useNow } from '../../app/now.ts';
import { useWords } from '../../format/words.ts';
import type { Column } from '../../ui/data-list.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { statusIcons } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { statusOfHost, statusOfItem } from './host-status.ts';

/** The four items as icons; which is which, and when it ends, on hover and for a screen reader. */
function ItemMarks({ items }: { items: HostRow['items'] }): ReactNode {
  const t = useT();
  const words = useWords();
  const now = useNow();
  return (
    <span className="bc-host-items">
      {items.map(({ item, status, expiresAt }) => {
        const Icon = statusIcons[statusOfItem[status]];
        const left =
          expiresAt === undefined ? '' : ` · ${t('hosts.expires')} ${words.relative(expiresAt, now)}`;
        const text = `${t(`hosts.item.${item}`)}: ${t(`services.syncStatus.${status}`)}${left}`;
        return (
          <Tooltip key={item} label={text}>
            <span role="img" aria-label={text} style={{ color: `var(--bc-${statusOfItem[status]}-text)` }}>
              <Icon size={15} stroke={2} aria-hidden />
            </span>
          </Tooltip>
        );
      })}
    </span>
  );
}

function LastError({ error }: { error: HostRow['lastError'] }): ReactNode {
  const say = useMessage();
  return error === undefined ? null : <span title={say(error)}>{say(error)}</span>;
}

const time = (at: number | undefined, never: string): ReactNode =>
  at === undefined ? <span className="bc-muted">{never}</span> : <RelativeTime at={at} />;

/** Host, service, state, items, times, version and what went wrong last. */
export const hostColumns = (t: Translate): readonly Column<HostRow>[] => [
  {
    id: 'host',
    label: t('hosts.host'),
    width: 'minmax(160px, 1.6fr)',
    sortable: true,
    cell: ({ host }) => <span title={host}>{host}</span>,
  },
  {
    id: 'service',
    label: t('hosts.service'),
    width: 'minmax(130px, 1.2fr)',
    cell: ({ id }) => (
      <Link to="/hosts/$id" params={{ id }} className="bc-row-link" title={id}>
        {id}
      </Link>
    ),
  },
  {
    id: 'state',
    label: t('hosts.state'),
    width: '168px',
    sortable: true,
    cell: ({ state }) => <StatusBadge status={statusOfHost[state]} label={t(`hosts.stateWord.${state}`)} />,
  },
  {
    id: 'items',
    spare: 'tight',
    label: t('hosts.items'),
    width: '104px',
    cell: ({ items }) => <ItemMarks items={items} />,
  },
  {
    id: 'seen',
    label: t('hosts.seen'),
    width: 'minmax(110px, 0.7fr)',
    sortable: true,
    cell: ({ lastSeen }) => time(lastSeen, t('hosts.never')),
  },
  {
    id: 'renewal',
    spare: 'tight',
    label: t('hosts.renewal'),
    width: 'minmax(110px, 0.7fr)',
    sortable: true,
    cell: ({ nextRenewal }) => time(nextRenewal, '–'),
  },
  {
    id: 'version',
    spare: true,
    label: t('hosts.version'),
    width: '84px',
    cell: ({ version }) => version ?? '–',
  },
  {
    id: 'error',
    spare: true,
    label: t('hosts.error'),
    width: 'minmax(150px, 2fr)',
    cell: ({ lastError }) => <LastError error={lastError} />,
  },
];
