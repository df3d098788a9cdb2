import { Button, Group } from '@mantine/core';
import { IconPackageExport, IconShieldX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { HostDetail } from '../../../shared/contract/hosts.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useNow } from '../../app/now.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { Countdown } from './countdown.tsx';
import { statusOfHandover } from './host-status.ts';

/** A command or a path to copy. */
export function CopyLine({ text }: { text: string }): ReactNode {
  const t = useT();
  return (
    <div className="bc-copy-line">
      <code>{text}</code>
      <CopyButton value={text} label={t('ui.copy')} />
    </div>
  );
}

/** For the administrator of the other host: one file, one command, what it will do; and how long it is good for. */
export function HandoverSection({ host }: { host: HostDetail }): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  const now = useNow();
  const { expiresAt } = host.handover;
  const over = host.handover.state === 'waiting' && expiresAt !== undefined && expiresAt <= now;
  const state = over ? 'expired' : host.handover.state;
  const again = (
    <Button
      variant={state === 'taken' ? 'default' : 'filled'}
      leftSection={<IconPackageExport size={15} />}
      onClick={() => plan({ kind: 'host.handover', input: { ids: [host.id] } })}
    >
      {t('hosts.handover.again')}
    </Button>
  );
  return (
    <Section title={t('hosts.handover')} actions={again}>
      <Group gap="sm" mb="sm" wrap="wrap">
        <StatusBadge status={statusOfHandover[state]} label={t(`hosts.handoverWord.${state}`)} />
        {state === 'waiting' && expiresAt !== undefined ? <Countdown at={expiresAt} /> : null}
        <span>{t(`hosts.handover.${state}`)}</span>
        {state === 'opened' ? (
          <Button
            color="red"
            leftSection={<IconShieldX size={15} />}
            onClick={() => plan({ kind: 'host.freeze', input: { id: host.id } })}
          >
            {t('hosts.freeze')}
          </Button>
        ) : null}
      </Group>
      {state === 'waiting' || state === 'opened' ? (
        <>
          <p>{t('hosts.handover.lead', { host: host.host })}</p>
          <ol className="bc-handover">
            <li>
              <strong>{t('hosts.handover.file')}</strong>
              <CopyLine text={host.artifactPath} />
              <p className="bc-muted">{t('hosts.handover.fileText', { path: host.artifactTarget })}</p>
              <CopyLine text={host.copyCommand} />
            </li>
            <li>
              <strong>{t('hosts.handover.command')}</strong>
              <CopyLine text={host.command} />
            </li>
            <li>
              <strong>{t('hosts.handover.effects')}</strong>
              <ul>
                {host.effects.map((effect) => (
                  <li key={effect.key}>{say(effect)}</li>
                ))}
              </ul>
            </li>
          </ol>
        </>
      ) : null}
    </Section>
  );
}
