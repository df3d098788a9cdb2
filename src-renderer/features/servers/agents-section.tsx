import { Button, Text } from '@mantine/core';
import { IconFileText, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { AgentProcess } from '../../../shared/contract/renewal-agents.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { agentStatus } from './agent-status.ts';
import type { LogOf } from './log-drawer.tsx';

/** The renewal agents of this host, and the choice whether the console runs them. */
export function AgentsSection({ onLogs }: { readonly onLogs: (log: LogOf) => void }): ReactNode {
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
            <AgentRow key={agent.config} agent={agent} onLogs={onLogs} />
          ))}
        </ul>
      )}
    </Section>
  );
}

interface AgentRowProps {
  readonly agent: AgentProcess;
  readonly onLogs: (log: LogOf) => void;
}

function AgentRow({ agent, onLogs }: AgentRowProps): ReactNode {
  const t = useT();
  const { config, services, state, pid, restarts, lastLine, source } = agent;
  const names = services.join(', ');
  const facts = [
    pid === undefined ? undefined : `pid ${pid}`,
    restarts === 0 ? undefined : t('agents.restarts', { count: restarts }),
    lastLine,
  ].filter((fact) => fact !== undefined);
  return (
    <li>
      <div>
        <strong>{names}</strong>
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
      <div className="bc-tools">
        <Button
          variant="default"
          leftSection={<IconFileText size={15} />}
          onClick={() => onLogs({ name: source, title: t('agents.of', { services: names }) })}
        >
          {t('servers.logs')}
        </Button>
      </div>
    </li>
  );
}
