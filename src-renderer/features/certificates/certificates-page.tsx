import { Button, FileButton, Text } from '@mantine/core';
import { IconAlertTriangle, IconCertificate, IconFileImport } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import type { CertificateListItem } from '../../../shared/contract/certificates.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { DataList } from '../../ui/data-list.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FilterBar } from '../../ui/filter-bar.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NothingFound } from '../../ui/nothing-found.tsx';
import { Page } from '../../ui/page.tsx';
import { SavedViews } from '../../ui/saved-views.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useListState } from '../../ui/use-list-state.ts';
import { useSelection } from '../../ui/use-selection.ts';
import { AddServiceButton } from '../services/add-service-button.tsx';
import { CertificateBulk } from './certificate-bulk.tsx';
import { certificateColumns, certificateKey } from './certificate-columns.tsx';
import { asCertificateFilters, certificateFacets } from './certificate-facets.ts';
import { useShowFile } from './drop-anywhere.tsx';
import { useCertificates } from './use-certificates.ts';

const sortKeys = ['expiry', 'name', 'issuer', 'service'] as const;

/** Every certificate file of the installation, soonest end first. A file from elsewhere is dropped or chosen. */
export function CertificatesPage(): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const navigate = useNavigate();
  const showFile = useShowFile();
  const facets = useMemo(() => certificateFacets(t), [t]);
  const state = useListState(facets, { by: 'expiry', descending: false });
  const selection = useSelection<CertificateListItem>();
  const list = useCertificates({
    search: state.search,
    filters: asCertificateFilters(state.view.filters),
    sort: sortKeys.find((key) => key === state.sorting.by) ?? 'expiry',
    descending: state.sorting.descending,
  });
  const { first } = list;
  const columns = useMemo(() => certificateColumns(t, words), [t, words]);
  const nothingFound = first !== undefined && first.matching === 0 && first.total > 0;
  return (
    <Page
      fill
      title={t('nav.certificates')}
      count={
        first === undefined
          ? undefined
          : first.matching === first.total
            ? words.number(first.total)
            : t('ui.someOf', { some: words.number(first.matching), all: words.number(first.total) })
      }
      actions={
        <>
          <SearchField value={state.view.search} onChange={state.setSearch} label={t('certificate.search')} />
          <Button component={Link} to="/certificates/issued" variant="default">
            {t('health.issued.title')}
          </Button>
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
      {/* Outside of the faces: it stays, with its open menu, while other rows are on their way. */}
      {first?.total === 0 ? null : selection.rows.size > 0 ? (
        <CertificateBulk selection={selection} matching={first?.matching ?? 0} />
      ) : (
        <FilterBar facets={facets} filters={state.view.filters} onChange={state.setFilters}>
          <SavedViews list="certificates" state={state} />
        </FilterBar>
      )}
      <FiveFaces
        count={first === undefined ? undefined : first.total + first.failed.length}
        error={list.error}
        at={first?.at}
        onRetry={list.refetch}
        empty={
          <EmptyState icon={IconCertificate} text={t('certificate.none')} action={<AddServiceButton />} />
        }
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
        {nothingFound ? (
          <NothingFound state={state} />
        ) : (
          <DataList
            key={state.question}
            label={t('nav.certificates')}
            columns={columns}
            count={first?.matching ?? 0}
            rowAt={(index) => list.rows[index]}
            keyOf={certificateKey}
            nameOf={({ title }) => title}
            sorting={state.sorting}
            onSort={state.setSorting}
            onRange={list.onRange}
            selected={selection.rows}
            onSelect={selection.toggle}
            onOpen={({ path }) => void navigate({ to: '/certificates/$id', params: { id: path } })}
          />
        )}
      </FiveFaces>
    </Page>
  );
}
