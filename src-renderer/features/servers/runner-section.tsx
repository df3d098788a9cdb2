import { Button, Text } from '@mantine/core';
import { IconArrowBackUp, IconTransferOut } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** What runs the servers: the console itself or systemd, and the way from one to the other. Not for servers that run elsewhere. */
export function RunnerSection(): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  const view = useProcedure('infra.units', {});
  if (view.error !== null) return <ErrorPanel error={view.error.data} />;
  const { data } = view;
  if (data === undefined || data.units.length === 0) return null;
  const { active, problem, units } = data;
  return (
    <Section
      title={t('servers.runner')}
      actions={
        active ? (
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={15} />}
            onClick={() => plan({ kind: 'infra.from-systemd', input: {} })}
          >
            {t('systemd.from.verb')}
          </Button>
        ) : problem === undefined ? (
          <Button
            variant="default"
            leftSection={<IconTransferOut size={15} />}
            onClick={() => plan({ kind: 'infra.to-systemd', input: {} })}
          >
            {t('systemd.to.verb')}
          </Button>
        ) : undefined
      }
    >
      <Text>{t(active ? 'servers.runnerSystemd' : 'servers.runnerConsole')}</Text>
      {active || problem === undefined ? null : (
        <Text c="dimmed" mt="xs">
          {t('servers.noSystemd')} {say(problem)}
        </Text>
      )}
      {active || problem === undefined ? (
        <Disclosure label={t('servers.units', { count: units.length })}>
          <ul className="bc-proofs">
            {units.map(({ name, path, exposure }) => (
              <li key={name}>
                <strong>{name}</strong>
                <code>{path}</code>
                <span className="bc-muted">
                  {exposure === undefined ? '' : t('cli.infra.exposure', { score: exposure })}
                </span>
              </li>
            ))}
          </ul>
        </Disclosure>
      ) : null}
    </Section>
  );
}
