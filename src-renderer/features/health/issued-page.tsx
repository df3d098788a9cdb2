import { Button, Group } from '@mantine/core';
import { IconCertificate } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { IssuedItem } from '../../../shared/contract/health.ts';
import { useT } from '../../app/i18n.tsx';
import { useNowEvery } from '../../app/now.ts';
import { useProcedure } from '../../app/procedures.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Mono } from '../../ui/mono.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { HorizonSection } from './horizon-section.tsx';
import { useShowFile } from '../certificates/drop-anywhere.tsx';

const pageSize = 50;

/** Every certificate that step-ca signed, from its own database. */
export function IssuedPage(): ReactNode {
  const t = useT();
  const [search, setSearch] = useState('');
  const [offset, setOffset] = useState(0);
  const issued = useProcedure('health.issued', { search, limit: pageSize, offset }, { keep: true });
  const { data } = issued;
  const find = (next: string): void => {
    setSearch(next);
    setOffset(0);
  };
  const empty = data?.items.length === 0 && offset === 0;
  return (
    <Page
      title={t('health.issued.title')}
      above={[{ label: t('nav.certificates'), to: '/certificates' }]}
      actions={<SearchField value={search} onChange={find} label={t('health.issued.search')} />}
    >
      <HorizonSection />
      <p className="bc-lead">{t('health.issued.lead')}</p>
      <FiveFaces
        count={data === undefined ? undefined : empty && search === '' ? 0 : 1}
        error={issued.error}
        at={issued.dataUpdatedAt}
        onRetry={() => void issued.refetch()}
        empty={<EmptyState icon={IconCertificate} text={t('health.issued.none')} />}
      >
        {empty ? (
          <NoMatch search={search} onClear={() => find('')} />
        ) : (
          <>
            <table className="bc-ages">
              <thead>
                <tr>
                  <th scope="col">{t('health.issued.name')}</th>
                  <th scope="col">{t('health.issued.state')}</th>
                  <th scope="col">{t('health.issued.from')}</th>
                  <th scope="col">{t('health.issued.to')}</th>
                  <th scope="col">{t('health.issued.serial')}</th>
                  <th scope="col">{t('health.issued.provisioner')}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {data?.items.map((item) => (
                  <IssuedRow key={item.sha256} item={item} />
                ))}
              </tbody>
            </table>
            <Group gap="xs" mt="sm">
              <Button
                variant="default"
                disabled={offset === 0}
                onClick={() => setOffset(Math.max(0, offset - pageSize))}
              >
                {t('health.issued.newer')}
              </Button>
              <Button
                variant="default"
                disabled={data?.more !== true}
                onClick={() => setOffset(offset + pageSize)}
              >
                {t('health.issued.older')}
              </Button>
            </Group>
          </>
        )}
      </FiveFaces>
    </Page>
  );
}

function IssuedRow({ item }: { readonly item: IssuedItem }): ReactNode {
  const t = useT();
  const now = useNowEvery(60_000);
  const show = useShowFile();
  const { serial, title, notBefore, notAfter, provisioner, revokedAt, reason, pem } = item;
  const state = revokedAt !== undefined ? 'revoked' : notAfter <= now ? 'over' : 'valid';
  return (
    <tr>
      <th scope="row">
        <span className="bc-ellipsis">{title}</span>
      </th>
      <td>
        {state === 'over' ? (
          // Of a list of everything most has ended, which is as it should be.
          <span className="bc-muted">{t('health.issued.over')}</span>
        ) : (
          <StatusBadge status={state === 'valid' ? 'proved' : 'failed'} label={t(`health.issued.${state}`)} />
        )}
        {reason === undefined ? null : <div className="bc-muted">{reason}</div>}
      </td>
      <td>
        <RelativeTime at={notBefore} />
      </td>
      <td>
        <RelativeTime at={notAfter} />
      </td>
      <td>
        <Mono value={serial} length={18} />
      </td>
      <td>{provisioner ?? '–'}</td>
      <td>
        <Button
          variant="subtle"
          aria-label={`${t('health.issued.show')}: ${title}`}
          onClick={() => show(new File([pem], `${serial}.crt`))}
        >
          {t('health.issued.show')}
        </Button>
      </td>
    </tr>
  );
}
