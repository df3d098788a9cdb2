import { Button, Group, Text } from '@mantine/core';
import { IconBox, IconShieldCheck } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ContainerView } from '../../../shared/contract/containers.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useStreamed } from '../../app/streamed.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { NoMatch } from '../../ui/no-match.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Section } from '../../ui/section.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { ContainerRow } from './container-row.tsx';
import { DifferencesSection } from './differences-section.tsx';
import { EventsSection } from './events-section.tsx';
import { LoadImages } from './load-images.tsx';
import type { LogOf } from './log-drawer.tsx';

const matches = (container: ContainerView, wanted: string): boolean =>
  `${container.name} ${container.service} ${container.state} ${container.image} ${container.ports.join(' ')}`
    .toLowerCase()
    .includes(wanted);

/** Those that need somebody come first; else the order in which they start. */
const worst = (one: ContainerView, other: ContainerView): number =>
  Number(one.problem === undefined) - Number(other.problem === undefined);

/** The containers of the installation, live, with what can be done about each. */
export function ContainersSection({ onLogs }: { readonly onLogs: (log: LogOf) => void }): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  const watched = useStreamed('containers.watch', {});
  const [search, setSearch] = useState('');
  const picture = watched.value;
  const all = picture?.containers ?? [];
  const rows = all.filter((each) => matches(each, search.trim().toLowerCase())).sort(worst);
  const lacking = all.filter(({ state, comesBack }) => state !== 'missing' && !comesBack);
  const { engine, boot = 'unknown', problem } = picture ?? {};
  return (
    <>
      <Section
        title={t('containers.title')}
        actions={
          <Group gap="xs">
            <SearchField value={search} onChange={setSearch} label={t('containers.search')} />
            {lacking.length === 0 ? null : (
              <Button
                leftSection={<IconShieldCheck size={15} />}
                onClick={() =>
                  plan({
                    kind: 'containers.mend-policies',
                    input: { containers: lacking.map(({ name }) => name) },
                  })
                }
              >
                {t('containers.mend')}
              </Button>
            )}
            <LoadImages />
          </Group>
        }
      >
        <FiveFaces
          count={picture === undefined ? undefined : problem === undefined ? all.length : 1}
          error={watched.error}
          at={watched.at}
          rows={6}
          onRetry={watched.retry}
          empty={<EmptyState icon={IconBox} text={t('containers.empty')} />}
        >
          <Text size="sm" c="dimmed" mb="xs">
            {engine === undefined ? null : t('containers.lead', { version: engine.version, api: engine.api })}{' '}
            {problem === undefined ? t(`containers.boot.${boot}`) : null}
          </Text>
          {problem === undefined ? null : (
            <Text role="alert" c="var(--bc-failed-text)">
              {say(problem)}
            </Text>
          )}
          {rows.length === 0 && all.length > 0 ? (
            <NoMatch search={search} onClear={() => setSearch('')} />
          ) : (
            <ul className="bc-containers" aria-label={t('containers.title')}>
              {rows.map((container) => (
                <ContainerRow key={container.name} container={container} onLogs={onLogs} />
              ))}
            </ul>
          )}
        </FiveFaces>
      </Section>
      <DifferencesSection />
      <EventsSection />
    </>
  );
}
