import { Button, Group, TextInput } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { StackStatus } from '../../../shared/contract/monitoring.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';
import { usePlanner } from '../operations/planner.tsx';
import { addressesIn } from './addresses.ts';

const passwordStatus: Record<StackStatus['password'], Status> = {
  accepted: 'proved',
  refused: 'failed',
  open: 'contradicted',
  unknown: 'unknown',
};
const targetStatus = { up: 'proved', down: 'unreachable', unknown: 'unknown' } as const;

/** Prometheus and Grafana of this installation: whether they run, what they answer, and how they are started and stopped. */
export function StackSection(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const stack = useProcedure('monitoring.stack', {}, { refetchEvery: 30_000 });
  const { data } = stack;
  const [text, setText] = useState('');
  const { addresses, wrong } = addressesIn(text);
  const start = (more: object): void =>
    plan({ kind: 'monitoring.up', input: { profile: 'lan', alertmanagers: addresses, ...more } });
  const runs = data?.containers.some(({ state }) => state === 'running') === true;
  return (
    <Section
      title={t('monitoring.stack')}
      actions={
        data === undefined ? null : (
          <Group gap="xs">
            {runs && data.password === 'refused' ? (
              <Button
                variant="default"
                onClick={() => plan({ kind: 'monitoring.down', input: { resetGrafanaAdminPassword: true } })}
              >
                {t('monitoring.stackReset')}
              </Button>
            ) : null}
            {runs ? (
              <Button
                variant="default"
                leftSection={<IconPlayerStop size={15} aria-hidden />}
                onClick={() => plan({ kind: 'monitoring.down', input: {} })}
              >
                {t('monitoring.stackStop')}
              </Button>
            ) : (
              <>
                <Button
                  variant="default"
                  disabled={wrong !== undefined}
                  onClick={() => start({ grafana: false })}
                >
                  {t('monitoring.stackAlone')}
                </Button>
                <Button
                  variant="default"
                  leftSection={<IconPlayerPlay size={15} aria-hidden />}
                  disabled={wrong !== undefined}
                  onClick={() => start({})}
                >
                  {t('monitoring.stackStart')}
                </Button>
              </>
            )}
          </Group>
        )
      }
    >
      <FiveFaces
        count={data === undefined ? undefined : data.written ? 1 : 0}
        error={stack.error}
        at={stack.dataUpdatedAt}
        onRetry={() => void stack.refetch()}
        rows={2}
        empty={<p className="bc-muted">{t('monitoring.stackNone')}</p>}
      >
        {data === undefined ? null : <StackList stack={data} />}
      </FiveFaces>
      {data === undefined || runs ? null : (
        <TextInput
          mt="sm"
          maw={520}
          label={t('monitoring.alertmanagers')}
          description={t('monitoring.alertmanagersHint')}
          placeholder="alerts.trusted.domain:9093"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={wrong === undefined ? undefined : t('monitoring.alertmanagerWrong', { text: wrong })}
        />
      )}
    </Section>
  );
}

function StackList({ stack }: { readonly stack: StackStatus }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <ul className="bc-proofs">
      {stack.problem === undefined ? null : (
        <li>
          <StatusBadge status="unknown" />
          <div>{say(stack.problem)}</div>
        </li>
      )}
      {stack.containers.map(({ name, state, status }) => (
        <li key={name}>
          <StatusBadge status={state === 'running' ? 'proved' : 'failed'} label={state} />
          <div>
            <strong>{name}</strong> <code>{name === 'grafana' ? stack.grafanaUrl : stack.prometheusUrl}</code>
          </div>
          <span className="bc-muted">{status}</span>
        </li>
      ))}
      {stack.grafanaUrl === undefined ? (
        <li>
          <StatusBadge status="unknown" label={t('monitoring.stackAloneBadge')} />
          <div>{t('monitoring.stackAloneRuns')}</div>
        </li>
      ) : (
        <li>
          <StatusBadge
            status={passwordStatus[stack.password]}
            label={t(`monitoring.stackPassword.${stack.password}`)}
          />
          <div>{t('monitoring.stackAdmin')}</div>
        </li>
      )}
      {stack.targets.map(({ job, url, health, error }) => (
        <li key={`${job} ${url}`}>
          <StatusBadge status={targetStatus[health]} />
          <div>
            <strong>{job}</strong> <code>{url}</code>
            {error === undefined ? null : <div className="bc-muted">{error}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}
