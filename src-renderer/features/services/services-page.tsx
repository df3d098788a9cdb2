import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconSearchOff, IconStack2 } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { ServiceSummary } from '../../../shared/contract/services.ts';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { DataList, type Column, type Sorting } from '../../ui/data-list.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { LadderStrip } from '../../ui/ladder-strip.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { ExpiryCell } from './expiry-cell.tsx';
import { useWindowedServices } from './use-windowed.ts';
import { verdictOf } from './verdict.ts';

type SortKey = 'name' | 'expiry' | 'rung';
const sortKeys: readonly SortKey[] = ['name', 'expiry', 'rung'];

/** Every service of the installation, with how far the evidence for its certificate reaches. */
export function ServicesPage(): ReactNode {
  const t = useT();
  const words = useWords();
  const navigate = useNavigate();
  const [search, setSearch] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ by: 'name', descending: false });
  const [settled] = useDebouncedValue(search.trim().slice(0, 200), 150);
  const sort = sortKeys.find((key) => key === sorting.by) ?? 'name';
  const list = useWindowedServices({ search: settled, sort, descending: sorting.descending });
  const add = (
    <Button component={Link} to="/services/new" leftSection={<IconPlus size={15} />}>
      {t('palette.addService')}
    </Button>
  );
  const columns: readonly Column<ServiceSummary>[] = [
    {
      id: 'name',
      label: t('services.name'),
      width: 'minmax(150px, 2fr)',
      sortable: true,
      cell: (service) => (
        <Link to="/services/$id" params={{ id: service.id }} className="bc-row-link" title={service.id}>
          {service.id}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('services.state'),
      width: '132px',
      cell: ({ ladder }) => <StatusBadge status={verdictOf(ladder)} />,
    },
    {
      id: 'rung',
      label: t('services.evidence'),
      width: 'minmax(190px, 1.5fr)',
      sortable: true,
      cell: ({ ladder }) => <LadderStrip rungs={ladder} />,
    },
    {
      id: 'expiry',
      label: t('services.expires'),
      width: 'minmax(120px, 0.9fr)',
      sortable: true,
      cell: ({ expiresAt }) => <ExpiryCell at={expiresAt} />,
    },
    {
      id: 'host',
      spare: true,
      label: t('services.host'),
      width: 'minmax(90px, 0.7fr)',
      cell: ({ hostname }) => hostname,
    },
    {
      id: 'identity',
      label: t('services.identity'),
      width: 'minmax(200px, 2fr)',
      cell: ({ identity }) => <code title={identity}>{identity}</code>,
    },
    {
      id: 'delivery',
      spare: true,
      label: t('services.delivery'),
      width: 'minmax(100px, 0.8fr)',
      cell: ({ deliveryMode }) => t(`services.deliveryMode.${deliveryMode}`),
    },
  ];
  const nothingFound = list.matching === 0 && (list.total ?? 0) > 0;
  return (
    <Page
      fill
      title={t('nav.services')}
      count={
        list.total === undefined || list.matching === undefined
          ? undefined
          : list.matching === list.total
            ? words.number(list.total)
            : t('ui.someOf', { some: words.number(list.matching), all: words.number(list.total) })
      }
      actions={
        <>
          <SearchField value={search} onChange={setSearch} label={t('services.search')} />
          {add}
        </>
      }
    >
      <FiveFaces
        count={list.total}
        error={list.error}
        at={list.at}
        onRetry={list.refetch}
        empty={<EmptyState icon={IconStack2} text={t('services.none')} action={add} />}
      >
        {nothingFound ? (
          <EmptyState
            icon={IconSearchOff}
            text={t('ui.nothingFound', { search: settled })}
            action={
              <Button variant="default" onClick={() => setSearch('')}>
                {t('ui.clearSearch')}
              </Button>
            }
          />
        ) : (
          <DataList
            key={settled}
            label={t('nav.services')}
            columns={columns}
            count={list.matching ?? 0}
            rowAt={list.rowAt}
            keyOf={({ id }) => id}
            sorting={sorting}
            onSort={setSorting}
            onRange={list.onRange}
            onOpen={({ id }) => void navigate({ to: '/services/$id', params: { id } })}
          />
        )}
      </FiveFaces>
    </Page>
  );
}
