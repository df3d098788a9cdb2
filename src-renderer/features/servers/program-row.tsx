import { Button, Progress, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { ServerInfo, ServerProgress } from '../../../shared/contract/servers.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Mono } from '../../ui/mono.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';

const statusOf: Record<ServerInfo['state'], Status> = {
  verified: 'proved',
  unverifiable: 'unknown',
  missing: 'due',
  changed: 'contradicted',
  unusable: 'failed',
};

interface ProgramRowProps {
  readonly program: ServerInfo;
  /** Must be stable: it belongs to the subscription. */
  readonly onInstalled: () => unknown;
}

/** One program: where it is, whether it is what was installed, and how it is supplied when it is not there. */
export function ProgramRow({ program, onInstalled }: ProgramRowProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const client = useClient();
  const [installing, setInstalling] = useState(false);
  const [progress, setProgress] = useState<Extract<ServerProgress, { type: 'progress' }>>();
  const [error, setError] = useState<ConsoleError>();
  const { name } = program;
  useEffect(() => {
    if (!installing) return;
    const end = (): void => {
      setInstalling(false);
      setProgress(undefined);
      onInstalled();
    };
    return client.subscribe(
      'servers.install',
      { names: [name] },
      {
        onItem: (item) => {
          if (item.type === 'progress') setProgress(item);
        },
        onError: (failed) => {
          setInstalling(false);
          setError(failed);
        },
        onEnd: end,
      },
    );
  }, [client, installing, name, onInstalled]);
  const lacking = program.state === 'missing' || program.state === 'changed' || program.state === 'unusable';
  return (
    <li>
      <StatusBadge status={statusOf[program.state]} label={t(`servers.state.${program.state}`)} />
      <div>
        <strong>{program.title}</strong> <span className="bc-muted">{program.version ?? program.wanted}</span>
        {program.path === undefined ? null : (
          <div>
            <Mono value={program.path} length={90} />
          </div>
        )}
        {program.changed.length === 0 ? null : (
          <Text size="sm">
            {t('servers.changedFiles', { files: program.changed.slice(0, 5).join(', ') })}
          </Text>
        )}
        {progress === undefined ? null : (
          <div className="bc-progress">
            <Progress value={progress.fraction * 100} aria-label={t('operation.progress')} />
            <Text size="sm">{say(progress.message)}</Text>
            <Text size="sm">
              {t('operation.percent', { percent: words.number(Math.round(progress.fraction * 100)) })}
            </Text>
          </div>
        )}
        {error === undefined ? null : <ErrorPanel error={error.data} />}
        <Disclosure label={t('servers.byHand')}>
          <Text size="sm">{t('servers.command')}</Text>
          <pre className="bc-command">{program.command}</pre>
          <Text size="sm">{t('servers.offline')}</Text>
          <pre className="bc-command">{program.offlineFile}</pre>
          <CopyButton value={program.command} label={t('ui.copyCommand')} />
        </Disclosure>
      </div>
      {lacking ? (
        <Button
          leftSection={<IconDownload size={15} />}
          loading={installing}
          onClick={() => {
            setError(undefined);
            setInstalling(true);
          }}
        >
          {t('servers.install', { version: program.wanted })}
        </Button>
      ) : null}
    </li>
  );
}
