import { Button } from '@mantine/core';
import { IconRefresh, IconTool } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { driftAreas, type DriftItem } from '../../../shared/contract/drift.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { message } from '../../../shared/message.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';
import { DatabaseSection } from '../health/database-section.tsx';
import { useAction } from '../home/use-action.ts';

const statusOf: Record<DriftItem['state'], Status> = {
  agrees: 'proved',
  differs: 'contradicted',
  missing: 'failed',
  unknown: 'unknown',
};

function Row({ item, onMend }: { readonly item: DriftItem; readonly onMend: () => void }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <li>
      <StatusBadge status={statusOf[item.state]} label={t(`drift.state.${item.state}`)} />
      <div>
        <Mono value={item.what} length={90} />
        {item.detail === undefined ? null : <div className="bc-muted">{say(item.detail)}</div>}
        {item.diff === undefined ? null : (
          <Disclosure label={t('drift.difference')}>
            <DiffView text={item.diff} label={t('drift.difference')} />
          </Disclosure>
        )}
      </div>
      {item.mendable ? (
        <Button variant="default" leftSection={<IconTool size={15} aria-hidden />} onClick={onMend}>
          {t('drift.mend')}
        </Button>
      ) : null}
    </li>
  );
}

/** For everything that is declared: whether the running thing agrees, the difference, and the way back as an operation. */
export function DriftTab(): ReactNode {
  const t = useT();
  const say = useMessage();
  const act = useAction();
  const look = useProcedure('drift.look', {}, { staleTime: 60_000 });
  const { data } = look;
  const mend = (ids: readonly string[]): void =>
    act({ type: 'operation', label: message('drift.mend'), kind: 'drift.mend', input: { ids: [...ids] } });
  const mendable = (data?.items ?? []).filter((item) => item.mendable).map(({ id }) => id);
  const again = (
    <Button
      variant="default"
      leftSection={<IconRefresh size={15} aria-hidden />}
      loading={look.isFetching}
      onClick={() => void look.refetch()}
    >
      {t('drift.again')}
    </Button>
  );
  return (
    <FiveFaces
      count={data?.items.length}
      error={look.error}
      at={look.dataUpdatedAt}
      onRetry={() => void look.refetch()}
      empty={<p className="bc-muted">{t('drift.nothing')}</p>}
    >
      <div className="bc-chart-controls">
        <strong>
          {t('drift.summary', {
            count: data?.items.filter(({ state }) => state !== 'agrees').length ?? 0,
            all: data?.items.length ?? 0,
          })}
        </strong>
        {again}
        {mendable.length < 2 ? null : (
          <Button onClick={() => mend(mendable)}>{t('drift.mendAll', { count: mendable.length })}</Button>
        )}
      </div>
      {driftAreas.map((area) => {
        const items = (data?.items ?? []).filter((item) => item.area === area);
        if (items.length === 0) return null;
        const wrong = items.filter(({ state }) => state !== 'agrees');
        const right = items.filter(({ state }) => state === 'agrees');
        return (
          <Section key={area} title={t(`drift.area.${area}`)}>
            <ul className="bc-proofs">
              {wrong.map((item) => (
                <Row key={item.id} item={item} onMend={() => mend([item.id])} />
              ))}
            </ul>
            {right.length === 0 ? null : (
              <Disclosure label={t('drift.agreeing', { count: right.length })}>
                <ul className="bc-proofs">
                  {right.map((item) => (
                    <Row key={item.id} item={item} onMend={() => mend([item.id])} />
                  ))}
                </ul>
              </Disclosure>
            )}
          </Section>
        );
      })}
      <DatabaseSection />
      <Section title={t('drift.versions')}>
        <p className="bc-lead">{t('drift.order', { order: (data?.upgradeOrder ?? []).join(' → ') })}</p>
        <ul className="bc-proofs">
          {data?.versions.map(({ server, version, known }) => (
            <li key={server}>
              <StatusBadge
                status={version === undefined ? 'unknown' : known.length === 0 ? 'proved' : 'due'}
                label={version ?? t('status.unknown')}
              />
              <div>
                <strong>{server}</strong>
                {known.map(({ text }) => (
                  <div key={text.key}>{say(text)}</div>
                ))}
                {known.length === 0 && version !== undefined ? (
                  <div className="bc-muted">{t('drift.nothingKnown')}</div>
                ) : null}
              </div>
            </li>
          ))}
        </ul>
      </Section>
    </FiveFaces>
  );
}
