import { Button, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Output } from '../../../shared/contract/index.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useMutationProcedure, useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

type State = Output<'setup.engine'>;

/** The engine of Docker that is talked to: where it listens, and whether it answers. */
export function EngineSection(): ReactNode {
  const t = useT();
  const engine = useProcedure('setup.engine', {});
  const { data } = engine;
  const badge =
    data === undefined ? undefined : data.ready ? (
      <StatusBadge status="proved" label={t('settings.engineReady', { version: data.version ?? '' })} />
    ) : (
      <StatusBadge status="unreachable" label={t('settings.engineNot')} />
    );
  return (
    <Section title={t('settings.engine')} actions={badge}>
      {engine.error === null ? null : (
        <ErrorPanel error={engine.error.data} onRetry={() => void engine.refetch()} />
      )}
      {data === undefined ? null : <EngineForm key={data.setting?.host ?? ''} state={data} />}
    </Section>
  );
}

function EngineForm({ state }: { readonly state: State }): ReactNode {
  const t = useT();
  const say = useMessage();
  const [host, setHost] = useState(state.setting?.host ?? '');
  const [certPath, setCertPath] = useState(state.setting?.certPath ?? '');
  const choose = useMutationProcedure('setup.chooseEngine', ['setup.engine']);
  const overTcp = host.trim().startsWith('tcp:');
  const { said } = state;
  return (
    <form
      className="bc-stack"
      onSubmit={(event) => {
        event.preventDefault();
        const certificates = overTcp && certPath.trim() !== '' ? { certPath: certPath.trim() } : {};
        choose.mutate({ host: host.trim(), ...certificates });
      }}
    >
      {said === 'flag' || said === 'environment' ? (
        <p className="bc-lead">{t(`settings.engineSaid.${said}`, { host: state.host })}</p>
      ) : null}
      {state.problem === undefined ? null : <p className="bc-muted">{say(state.problem)}</p>}
      {choose.error === null ? null : <ErrorPanel error={choose.error.data} />}
      <TextInput
        maw={420}
        label={t('settings.engineHost')}
        description={t('settings.engineHostHint')}
        placeholder="unix:///var/run/docker.sock"
        spellCheck={false}
        value={host}
        onChange={(event) => setHost(event.currentTarget.value)}
      />
      {overTcp ? (
        <TextInput
          maw={420}
          label={t('settings.engineCerts')}
          description={t('settings.engineCertsHint')}
          placeholder="/home/kim/.docker"
          spellCheck={false}
          value={certPath}
          onChange={(event) => setCertPath(event.currentTarget.value)}
        />
      ) : null}
      <div>
        <Button type="submit" size="sm" variant="default" loading={choose.isPending}>
          {t('ui.save')}
        </Button>
      </div>
    </form>
  );
}
