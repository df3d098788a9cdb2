import { Button, Tooltip } from '@mantine/core';
import { IconChevronRight, IconClock, IconSearchOff } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useNowEvery } from '../../app/now.ts';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { DataList, type Column } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { TimelineBar, TimelineScale } from './timeline-axis.tsx';
import { timelineRows, type Grouping, type TimelineRow } from './timeline-rows.ts';
import { useRenew } from './use-renew.ts';

interface TimelineListProps {
  readonly search: string;
  readonly onClearSearch: () => void;
}

type ItemColumn = Omit<Column<TimelineRow>, 'cell'> & { readonly of: (item: CredentialExpiry) => ReactNode };

/** When every credential really ends, the soonest first. */
export function TimelineList({ search, onClearSearch }: TimelineListProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const router = useRouter();
  const renew = useRenew();
  const now = useNowEvery(10_000);
  const [grouping, setGrouping] = useState<Grouping>('span');
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const timeline = useProcedure('rotation.timeline', {}, { refetchEvery: 60_000 });
  const wanted = search.trim().toLocaleLowerCase();
  const nameOf = (item: CredentialExpiry): string =>
    item.kind === 'console_token' || item.kind === 'intermediate' || item.kind === 'root'
      ? t(`rotation.kind.${item.kind}`)
      : item.name;
  const matching = useMemo(
    () =>
      (timeline.data?.items ?? []).filter(({ name, kind }) =>
        `${name} ${t(`rotation.kind.${kind}`)}`.toLocaleLowerCase().includes(wanted),
      ),
    [timeline.data, wanted, t],
  );
  const rows = useMemo(
    () => timelineRows(matching, grouping, folded, now),
    [matching, grouping, folded, now],
  );
  const fold = (id: string): void => {
    const next = new Set(folded);
    if (!next.delete(id)) next.add(id);
    setFolded(next);
  };
  const ends = (item: CredentialExpiry): ReactNode => {
    const { expiresAt, problem } = item;
    if (problem !== undefined)
      return (
        <Tooltip label={say(problem)}>
          <span>
            <StatusBadge status="unknown" />
            <span className="bc-hidden">{say(problem)}</span>
          </span>
        </Tooltip>
      );
    if (expiresAt === undefined) return <span className="bc-muted">{t('rotation.neverEnds')}</span>;
    return expiresAt <= now ? <StatusBadge status="expired" /> : <RelativeTime at={expiresAt} />;
  };
  const columns: readonly ItemColumn[] = [
    {
      id: 'name',
      label: t('rotation.credential'),
      width: 'minmax(150px, 1.4fr)',
      of: (item) => <span title={item.name}>{nameOf(item)}</span>,
    },
    {
      id: 'kind',
      spare: 'narrow',
      label: t('rotation.kind'),
      width: 'minmax(110px, 0.9fr)',
      of: ({ kind }) => <span className="bc-muted">{t(`rotation.kind.${kind}`)}</span>,
    },
    { id: 'ends', label: t('rotation.ends'), width: '128px', of: ends },
    {
      id: 'axis',
      spare: 'narrow',
      label: t('rotation.axis'),
      head: <TimelineScale />,
      width: 'minmax(210px, 2fr)',
      of: ({ expiresAt, since }) =>
        expiresAt === undefined ? null : (
          <TimelineBar
            left={expiresAt - now}
            urgent={since !== undefined && now > since + (expiresAt - since) / 2}
          />
        ),
    },
    {
      id: 'limit',
      spare: true,
      label: t('rotation.limit'),
      width: 'minmax(130px, 1fr)',
      of: ({ limit, usesLeft }) => (
        <span className="bc-muted">
          {t(`rotation.limit.${limit}`)}
          {usesLeft === undefined ? '' : ` · ${t('rotation.usesLeft', { count: usesLeft })}`}
        </span>
      ),
    },
    {
      id: 'actions',
      label: t('rotation.actions'),
      width: '104px',
      of: (item) => {
        const begin = renew(item);
        return begin === undefined ? null : (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t('rotation.rotateOne', { name: nameOf(item) })}
            onClick={(event) => {
              event.stopPropagation();
              begin();
            }}
          >
            {t('rotation.rotate')}
          </Button>
        );
      },
    },
  ];
  const groupHead = (row: TimelineRow): ReactNode => {
    if (row.type === 'item') return undefined;
    const open = !folded.has(row.id);
    return (
      <span className="bc-group-head">
        <IconChevronRight size={14} aria-hidden className="bc-chevron" data-open={open} />
        <strong>{groupName(t, grouping, row.id)}</strong>
        <span className="bc-count">{words.number(row.count)}</span>
        <span className="bc-hidden">{t(open ? 'rotation.group.open' : 'rotation.group.folded')}</span>
      </span>
    );
  };
  return (
    <FiveFaces
      count={timeline.data?.items.length}
      error={timeline.error}
      at={timeline.dataUpdatedAt}
      onRetry={() => void timeline.refetch()}
      empty={<EmptyState icon={IconClock} text={t('rotation.noCredential')} />}
    >
      <div className="bc-tools">
        <Segmented
          label={t('rotation.group.by')}
          value={grouping}
          options={[
            { value: 'span', label: t('rotation.group.span') },
            { value: 'kind', label: t('rotation.group.kind') },
          ]}
          onChange={(next) => {
            setGrouping(next);
            setFolded(new Set());
          }}
        />
        <span className="bc-muted">
          {matching.length === timeline.data?.items.length
            ? t('rotation.credentials', { count: matching.length })
            : t('ui.someOf', {
                some: words.number(matching.length),
                all: words.number(timeline.data?.items.length ?? 0),
              })}
        </span>
      </div>
      {rows.length === 0 ? (
        <EmptyState
          icon={IconSearchOff}
          text={t('ui.nothingFound', { search })}
          action={
            <Button variant="default" onClick={onClearSearch}>
              {t('ui.clearSearch')}
            </Button>
          }
        />
      ) : (
        <DataList<TimelineRow>
          key={`${wanted} ${grouping}`}
          label={t('rotation.tab.timeline')}
          columns={columns.map(({ of, ...column }) => ({
            ...column,
            cell: (row) => (row.type === 'item' ? of(row.item) : null),
          }))}
          count={rows.length}
          rowAt={(index) => rows[index]}
          keyOf={(row) => (row.type === 'item' ? row.item.id : row.id)}
          span={groupHead}
          onOpen={(row) => {
            if (row.type === 'group') fold(row.id);
            else if (row.item.to !== undefined) router.history.push(row.item.to);
          }}
          onActions={(row) => {
            if (row.type === 'item') renew(row.item)?.();
          }}
        />
      )}
    </FiveFaces>
  );
}

function groupName(t: ReturnType<typeof useT>, grouping: Grouping, id: string): string {
  return t(`rotation.${grouping}.${id}` as Parameters<typeof t>[0]);
}
