import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { ClusterSection } from './cluster-section.tsx';
import { PlaceSection } from './place-section.tsx';
import { VersionRow } from './version-row.tsx';

/** What runs, what is known of that version, and the way to another one and back. */
export function VersionsPage(): ReactNode {
  const t = useT();
  const view = useProcedure('upgrade.versions', {}, { staleTime: 10_000 });
  const { data } = view;
  return (
    <Page
      title={t('versions.title')}
      actions={
        <Button
          variant="default"
          leftSection={<IconRefresh size={15} aria-hidden />}
          loading={view.isFetching}
          onClick={() => void view.refetch()}
        >
          {t('drift.again')}
        </Button>
      }
    >
      <FiveFaces
        count={data?.servers.length}
        error={view.error}
        at={view.dataUpdatedAt}
        onRetry={() => void view.refetch()}
        empty={<p className="bc-muted">{t('versions.none')}</p>}
      >
        <Section title={t('versions.servers')}>
          <p className="bc-lead">{t('versions.order', { order: (data?.order ?? []).join(' → ') })}</p>
          <ol className="bc-proofs">
            {data?.servers.map((server) => (
              <VersionRow key={server.server} row={server} managed={data.managed} />
            ))}
          </ol>
          {data?.managed === false ? <p className="bc-muted">{t('versions.elsewhere')}</p> : null}
        </Section>
        {data?.cluster === undefined ? null : <ClusterSection cluster={data.cluster} />}
        {data?.place === undefined ? null : <PlaceSection place={data.place} moved={data.movedFrom} />}
      </FiveFaces>
    </Page>
  );
}
