import { Button, Group, Text } from '@mantine/core';
import { IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { HelperUnitView } from '../../../shared/contract/helper-units.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';

const statusOf = ({ installed, active }: HelperUnitView): Status => {
  if (active === 'failed') return 'failed';
  if (installed === 'differs') return 'contradicted';
  if (installed === 'no') return 'unknown';
  return active === 'active' ? 'proved' : 'unreachable';
};

/** What systemd can run beside the servers: agents of services, and the schedules by a timer instead of cron. */
export function HelperUnitsSection(): ReactNode {
  const t = useT();
  const say = useMessage();
  const helpers = useProcedure('units.helpers', {}, { staleTime: 30_000 });
  if (helpers.error !== null) return <ErrorPanel error={helpers.error.data} />;
  const { data } = helpers;
  if (data === undefined || data.units.length === 0) return null;
  const { problem, units } = data;
  return (
    <Section title={t('units.title')}>
      <Text mb="xs">{t('units.lead')}</Text>
      {problem === undefined ? null : (
        <Text c="dimmed" mb="xs">
          {say(problem)}
        </Text>
      )}
      <Disclosure label={t('units.count', { count: units.length })} open={problem === undefined}>
        <ul className="bc-containers" aria-label={t('units.title')}>
          {units.map((unit) => (
            <HelperRow key={unit.id} unit={unit} may={problem === undefined} />
          ))}
        </ul>
      </Disclosure>
    </Section>
  );
}

function HelperRow({ unit, may }: { readonly unit: HelperUnitView; readonly may: boolean }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const { id, kind, service, installed, exposure, active, enabled, files } = unit;
  const facts = [
    installed === 'no' ? undefined : t(enabled ? 'units.enabled' : 'units.notEnabled'),
    exposure === undefined ? undefined : t('cli.infra.exposure', { score: exposure }),
  ].filter((fact) => fact !== undefined);
  return (
    <li>
      <div>
        <strong>{t(`units.kind.${kind}`, { service: service ?? '' })}</strong>
        <div>
          <StatusBadge
            status={statusOf(unit)}
            label={installed === 'same' ? active : t(`units.installed.${installed}`)}
          />
        </div>
      </div>
      <div>
        <Text size="sm">
          <code>{unit.unit}</code>
        </Text>
        <Text size="sm" c="dimmed">
          {facts.join(' · ')}
        </Text>
        <Disclosure label={t('units.files', { count: files.length })}>
          {files.map(({ path, text }) => (
            <pre key={path} className="bc-command" tabIndex={0} aria-label={path}>
              {text}
            </pre>
          ))}
        </Disclosure>
      </div>
      {may ? (
        <Group gap="xs" className="bc-tools">
          {installed === 'same' && active === 'active' ? null : (
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={15} />}
              onClick={() => plan({ kind: 'units.install', input: { ids: [id] } })}
            >
              {t('units.install.verb')}
            </Button>
          )}
          {installed === 'no' ? null : (
            <Button
              variant="default"
              leftSection={<IconTrash size={15} />}
              onClick={() => plan({ kind: 'units.remove', input: { ids: [id] } })}
            >
              {t('units.remove.verb')}
            </Button>
          )}
        </Group>
      ) : null}
    </li>
  );
}
