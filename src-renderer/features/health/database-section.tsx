import { Button, Group } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Section } from '../../ui/section.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { NightlyButton } from './nightly-button.tsx';

const keepDays = 7;
const shown = 8;

/** How large step-ca's database has grown, and what of it is over. The plan of the pruning is its dry run. */
export function DatabaseSection(): ReactNode {
  const t = useT();
  const words = useWords();
  const plan = usePlanner();
  const database = useProcedure('health.caDatabase', { keepDays }, { staleTime: 60_000 });
  const { data } = database;
  const over = (data?.ended ?? []).reduce((sum, { rows }) => sum + rows, 0);
  return (
    <Section
      title={t('health.db.title')}
      actions={
        data === undefined ? null : (
          <Group gap="xs">
            <NightlyButton
              kind="stepca.prune"
              id="ca-database"
              input={{ keepDays }}
              label={t('health.db.nightly')}
            />
            <Button
              variant="default"
              leftSection={<IconEraser size={15} aria-hidden />}
              onClick={() => plan({ kind: 'stepca.prune', input: { keepDays } })}
            >
              {t('health.db.prune')}
            </Button>
          </Group>
        )
      }
    >
      <FiveFaces
        count={data === undefined ? undefined : 1}
        error={database.error}
        at={database.dataUpdatedAt}
        onRetry={() => void database.refetch()}
        rows={3}
        empty={null}
      >
        {data === undefined ? null : (
          <>
            <p className="bc-lead">
              {t('health.db.lead', {
                bytes: words.bytes(data.bytes),
                rows: words.number(over),
                days: data.keepDays,
              })}
            </p>
            <table className="bc-ages">
              <thead>
                <tr>
                  <th scope="col">{t('health.db.table')}</th>
                  <th scope="col">{t('health.db.rows')}</th>
                  <th scope="col">{t('health.db.size')}</th>
                </tr>
              </thead>
              <tbody>
                {data.tables.slice(0, shown).map(({ name, rows, bytes }) => (
                  <tr key={name}>
                    <th scope="row">
                      <code>{name}</code>
                    </th>
                    <td>{words.number(rows)}</td>
                    <td>{words.bytes(bytes)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </FiveFaces>
    </Section>
  );
}
