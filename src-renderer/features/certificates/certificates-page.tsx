import { Button, FileButton, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle, IconCertificate, IconFileImport } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { CertificateListItem } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { pathEnd } from '../../format/text.ts';
import { useWords } from '../../format/words.ts';
import { DataList, type Column, type Sorting } from '../../ui/data-list.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { useShowFile } from './drop-anywhere.tsx';
import { useCertificates } from './use-certificates.ts';

const sortKeys = ['expiry', 'name', 'issuer', 'service'] as const;

const statusOf: Record<CertificateListItem['state'], Status> = {
  valid: 'proved',
  near_expiry: 'due',
  expired: 'expired',
  not_yet_valid: 'pending',
};

/** Every certificate file of the installation, soonest end first. A file from elsewhere is dropped or chosen. */
export function CertificatesPage(): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const navigate = useNavigate();
  const showFile = useShowFile();
  const [search, setSearch] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ by: 'expiry', descending: false });
  const [settled] = useDebouncedValue(search.trim().slice(0, 200), 150);
  const sort = sortKeys.find((key) => key === sorting.by) ?? 'expiry';
  const list = useCertificates({ search: settled, sort, descending: sorting.descending });
  const { first } = list;
  const columns: readonly Column<CertificateListItem>[] = [
    {
      id: 'name',
      label: t('certificate.title'),
      width: 'minmax(170px, 2.4fr)',
      sortable: true,
      cell: (row) => (
        <Link to="/certificates/$id" params={{ id: row.path }} className="bc-row-link" title={row.title}>
          {row.title}
        </Link>
      ),
    },
    {
      id: 'kind',
      spare: true,
      label: t('certificate.kindLabel'),
      width: 'minmax(100px, 0.7fr)',
      cell: ({ kind }) => t(`certificate.kind.${kind}`),
    },
    {
      id: 'state',
      label: t('services.state'),
      width: '126px',
      cell: ({ state }) => <StatusBadge status={statusOf[state]} label={t(`certificate.state.${state}`)} />,
    },
    {
      id: 'expiry',
      label: t('certificate.ends'),
      width: 'minmax(120px, 0.8fr)',
      sortable: true,
      cell: ({ notAfter }) => <RelativeTime at={notAfter} />,
    },
    {
      id: 'service',
      label: t('nav.service'),
      width: 'minmax(110px, 1fr)',
      sortable: true,
      cell: ({ service }) => service?.name ?? '',
    },
    {
      id: 'issuer',
      label: t('certificate.issuer'),
      width: 'minmax(150px, 1.2fr)',
      sortable: true,
      cell: ({ issuer }) => <span title={issuer}>{issuer}</span>,
    },
    {
      id: 'problems',
      label: t('certificate.problems'),
      width: 'minmax(80px, 0.5fr)',
      align: 'end',
      cell: ({ problems }) =>
        problems.errors + problems.warnings === 0 ? '' : words.number(problems.errors + problems.warnings),
    },
    {
      id: 'path',
      spare: true,
      label: t('certificate.path'),
      width: 'minmax(160px, 1.6fr)',
      cell: ({ path }) => <code title={path}>{pathEnd(path)}</code>,
    },
  ];
  return (
    <Page
      fill
      title={t('nav.certificates')}
      count={first === undefined ? undefined : words.number(first.total)}
      actions={
        <>
          <SearchField value={search} onChange={setSearch} label={t('certificate.search')} />
          <FileButton
            onChange={(file) => {
              if (file !== null) showFile(file);
            }}
          >
            {(props) => (
              <Button {...props} leftSection={<IconFileImport size={15} />}>
                {t('certificate.openFile')}
              </Button>
            )}
          </FileButton>
        </>
      }
    >
      <Text size="sm" c="dimmed">
        {t('certificate.dropHint')}
      </Text>
      <FiveFaces
        count={first === undefined ? undefined : first.total + first.failed.length}
        error={list.error}
        at={first?.at}
        onRetry={list.refetch}
        empty={<EmptyState icon={IconCertificate} text={t('certificate.none')} />}
      >
        {first === undefined || first.failed.length === 0 ? null : (
          <div className="bc-stale">
            <IconAlertTriangle size={16} aria-hidden />
            <Disclosure label={t('certificate.unreadable', { count: first.failed.length })}>
              <ul>
                {first.failed.map(({ path, message }) => (
                  <li key={path}>
                    <code>{path}</code> — {say(message)}
                  </li>
                ))}
              </ul>
            </Disclosure>
          </div>
        )}
        <DataList
          key={settled}
          label={t('nav.certificates')}
          columns={columns}
          count={first?.matching ?? 0}
          rowAt={(index) => list.rows[index]}
          keyOf={({ path, sha256 }) => `${path} ${sha256}`}
          sorting={sorting}
          onSort={setSorting}
          onRange={list.onRange}
          onOpen={({ path }) => void navigate({ to: '/certificates/$id', params: { id: path } })}
        />
      </FiveFaces>
    </Page>
  );
}
