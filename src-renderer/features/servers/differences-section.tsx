import { Button, Text } from '@mantine/core';
import { IconArrowsDiff, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ContainerDifference } from '../../../shared/contract/containers.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** What the files say against what runs, before anything is started. */
export function DifferencesSection(): ReactNode {
  const t = useT();
  const found = useProcedure('containers.differences', {}, { staleTime: 30_000 });
  return (
    <Section
      title={t('containers.differences')}
      actions={
        <Button
          variant="default"
          leftSection={<IconRefresh size={15} />}
          loading={found.isFetching}
          onClick={() => void found.refetch()}
        >
          {t('containers.compare')}
        </Button>
      }
    >
      {found.error === null ? null : <ErrorPanel error={found.error.data} />}
      {found.data?.length === 0 ? (
        <Text>
          <StatusBadge status="proved" /> {t('containers.same')}
        </Text>
      ) : (
        <ul className="bc-containers" aria-label={t('containers.differences')}>
          {found.data?.map((difference) => (
            <DifferenceRow key={difference.name} difference={difference} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function DifferenceRow({ difference }: { readonly difference: ContainerDifference }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const { name, service, missing, fields } = difference;
  const title = t(missing ? 'containers.wouldMake' : 'containers.differs', { container: name });
  return (
    <li>
      <div>
        <strong>{title}</strong>
        <div>
          <StatusBadge status={missing ? 'unreachable' : 'contradicted'} />
        </div>
      </div>
      <div>
        {fields.length === 0 ? null : (
          <table className="bc-table">
            <thead>
              <tr>
                <th scope="col">{t('containers.setting')}</th>
                <th scope="col">{t('containers.running')}</th>
                <th scope="col">{t('containers.planned')}</th>
              </tr>
            </thead>
            <tbody>
              {fields.map(({ field, running, planned }) => (
                <tr key={field}>
                  <th scope="row">{t(`topology.difference.${field}`)}</th>
                  <td>
                    <code>{running}</code>
                  </td>
                  <td>
                    <code>{planned}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <div className="bc-tools">
        <Button
          variant="default"
          leftSection={<IconArrowsDiff size={15} />}
          onClick={() => plan({ kind: 'containers.recreate', input: { service } })}
        >
          {t('containers.recreate')}
        </Button>
      </div>
    </li>
  );
}
