import { Button, Text } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { AgentProcess } from '../../../shared/contract/renewal-agents.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { agentStatus } from './agent-status.ts';

/** The renewal agents of this host, and the choice whether the console runs them. */
export function AgentsSection(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const view = useProcedure('infra.agents', {}, { refetchEvery: 15_000 });
  if (view.error !== null) return <ErrorPanel error={view.error.data} />;
  const { data } = view;
  if (data === undefined || !data.possible) return null;
  const { chosen, agents } = data;
  return (
    <Section
      title={t('agents.title')}
      actions={
        <Button
          variant="default"
          leftSection={chosen ? <IconPlayerStop size={15} /> : <IconPlayerPlay size={15} />}
          onClick={() => plan({ kind: 'infra.agents', input: { run: !chosen } })}
        >
          {t(chosen ? 'agents.off.verb' : 'agents.on.verb')}
        </Button>
      }
    >
      <Text mb="xs">{t('agents.lead')}</Text>
      {agents.length === 0 ? (
        <Text c="dimmed">{t('agents.none')}</Text>
      ) : (
        <ul className="bc-containers" aria-label={t('agents.title')}>
          {agents.map((agent) => (
            <AgentRow key={agent.config} agent={agent} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function AgentRow({ agent }: { readonly agent: AgentProcess }): ReactNode {
  const t = useT();
  const { config, services, state, pid, restarts, lastLine } = agent;
  const facts = [
    pid === undefined ? undefined : `pid ${pid}`,
    restarts === 0 ? undefined : t('agents.restarts', { count: restarts }),
    lastLine,
  ].filter((fact) => fact !== undefined);
  return (
    <li>
      <div>
        <strong>{services.join(', ')}</strong>
        <div>
          <StatusBadge status={agentStatus[state]} label={t(`agents.state.${state}`)} />
        </div>
      </div>
      <div>
        <Text size="sm">
          <code>{config}</code>
        </Text>
        <Text size="sm" c="dimmed">
          {facts.join(' · ')}
        </Text>
      </div>
    </li>
  );
}
