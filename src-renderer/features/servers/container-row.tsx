import { Button, Menu, Text } from '@mantine/core';
import { IconDots, IconFileText, IconPlayerPlay, IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ContainerView } from '../../../shared/contract/containers.ts';
import { logSourceSchema } from '../../../shared/contract/topology.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import type { LogOf } from './log-drawer.tsx';

const statusOf = ({ state, problem }: ContainerView): Status => {
  switch (state) {
    case 'running':
      return problem === undefined ? 'proved' : 'due';
    case 'restarting':
    case 'removing':
      return 'pending';
    case 'exited':
      return problem === undefined ? 'unreachable' : 'failed';
    case 'created':
    case 'missing':
      return 'unreachable';
    case 'paused':
    case 'dead':
      return 'failed';
  }
};

interface ContainerRowProps {
  readonly container: ContainerView;
  readonly onLogs: (log: LogOf) => void;
}

/** One container: how it is, what it is made of, what it uses, and what can be done. */
export function ContainerRow({ container, onLogs }: ContainerRowProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  const { name, server, state, problem, restarts, exitCode, startedAt, health } = container;
  const source = logSourceSchema.safeParse(server ?? container.service).data;
  const down = state === 'exited' || state === 'missing' || state === 'created' || state === 'dead';
  const operation = (kind: string) => () => plan({ kind, input: { servers: [server] } });
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <div>
          <StatusBadge status={statusOf(container)} label={t(`containers.state.${state}`)} />
        </div>
        <Text size="sm" c="dimmed">
          {[
            exitCode === undefined ? undefined : t('containers.exit', { code: exitCode }),
            restarts === 0 ? undefined : t('containers.restarts', { count: restarts }),
            health === undefined ? undefined : t('containers.health', { health }),
          ]
            .filter((fact) => fact !== undefined)
            .join(' · ')}
        </Text>
      </div>
      <div>
        {problem === undefined ? null : <Text size="sm">{say(problem)}</Text>}
        <Text size="sm" c="dimmed">
          <code>{container.image}</code> · {t(`containers.pinned.${container.pinned}`)}
        </Text>
        <UseLine container={container} />
        {startedAt === undefined ? null : (
          <Text size="sm" c="dimmed">
            {t('containers.since')} <RelativeTime at={startedAt} />
          </Text>
        )}
        <Details container={container} />
      </div>
      <div className="bc-tools">
        {source === undefined || state === 'missing' ? null : (
          <Button
            variant="default"
            leftSection={<IconFileText size={15} />}
            onClick={() => onLogs({ name: source, title: name })}
          >
            {t('containers.logs')}
          </Button>
        )}
        {server === undefined ? null : (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" px={8} aria-label={t('containers.more', { container: name })}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {down || state === 'paused' ? (
                <Menu.Item leftSection={<IconPlayerPlay size={15} />} onClick={operation('infra.up')}>
                  {t('servers.start')}
                </Menu.Item>
              ) : null}
              {down ? null : (
                <>
                  <Menu.Item leftSection={<IconRefresh size={15} />} onClick={operation('infra.restart')}>
                    {t('containers.restart')}
                  </Menu.Item>
                  <Menu.Item leftSection={<IconPlayerStop size={15} />} onClick={operation('infra.down')}>
                    {t('servers.stop')}
                  </Menu.Item>
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
    </li>
  );
}

const mebi = 1_048_576;

function UseLine({ container }: { readonly container: ContainerView }): ReactNode {
  const t = useT();
  const words = useWords();
  const { cores, memoryBytes, memoryLimit = 0 } = container;
  if (memoryBytes === undefined) return null;
  const used = words.number(Math.round(memoryBytes / mebi));
  const memory =
    memoryLimit === 0
      ? t('containers.memoryOnly', { used })
      : t('containers.memory', { used, limit: words.number(Math.round(memoryLimit / mebi)) });
  return (
    <Text size="sm" c="dimmed" className="bc-numbers">
      {cores === undefined ? memory : t('containers.use', { cores: cores.toFixed(2), memory })}
    </Text>
  );
}

function Details({ container }: { readonly container: ContainerView }): ReactNode {
  const t = useT();
  const { digest, imageId, ports, restartPolicy, comesBack } = container;
  if (imageId === undefined) return null;
  return (
    <Disclosure label={t('containers.details')}>
      <Facts
        facts={[
          {
            label: t('containers.column.restart'),
            value: `${restartPolicy ?? ''} · ${t(comesBack ? 'containers.comesBack' : 'containers.staysDown')}`,
          },
          { label: t('containers.column.ports'), value: ports.length === 0 ? '–' : ports.join(', ') },
          {
            label: t('containers.digest'),
            value: digest === undefined ? t('containers.noDigest') : <Mono value={digest} length={40} />,
          },
          { label: t('containers.imageId'), value: <Mono value={imageId} length={40} /> },
        ]}
      />
    </Disclosure>
  );
}
