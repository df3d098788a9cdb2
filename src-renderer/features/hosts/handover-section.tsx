import { Button, Group } from '@mantine/core';
import { IconPackageExport, IconShieldX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { HostDetail } from '../../../shared/contract/hosts.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useNow } from '../../app/now.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { CarryForm } from './carry-form.tsx';
import { PrintForm } from './print-form.tsx';
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

/** Somebody opened it: freeze, then renew what the thief could read; both are put on record (failure mode C20). */
function Incident({ id }: { id: string }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  return (
    <ol className="bc-handover">
      <li>
        <strong>{t('hosts.incident.freeze')}</strong>
        <p className="bc-muted">{t('hosts.incident.freezeText')}</p>
        <Button
          mt="xs"
          color="red"
          leftSection={<IconShieldX size={15} />}
          onClick={() => plan({ kind: 'host.freeze', input: { id } })}
        >
          {t('hosts.freeze')}
        </Button>
      </li>
      <li>
        <strong>{t('hosts.incident.rotate')}</strong>
        <p className="bc-muted">{t('hosts.incident.rotateText')}</p>
        <Button mt="xs" variant="default" onClick={() => plan({ kind: 'rotate.responder-hmac', input: {} })}>
          {t('hosts.incident.rotate')}
        </Button>
      </li>
      <li>
        <strong>{t('hosts.incident.audit')}</strong>
        <p className="bc-muted">{t('hosts.incident.auditText')}</p>
        <Button mt="xs" component={Link} to="/audit" variant="default">
          {t('hosts.incident.auditOpen')}
        </Button>
      </li>
    </ol>
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
      variant={state === 'taken' || state === 'opened' ? 'default' : 'filled'}
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
      </Group>
      {state === 'opened' ? <Incident id={host.id} /> : null}
      {state === 'waiting' ? (
        <>
          <p>{t('hosts.handover.lead', { host: host.host })}</p>
          <ol className="bc-handover">
            <li>
              <strong>{t('hosts.handover.file')}</strong>
              <CopyLine text={host.artifactPath} />
              <p className="bc-muted">{t('hosts.handover.fileText', { path: host.artifactTarget })}</p>
              <CopyLine text={host.copyCommand} />
              <CarryForm host={host} />
              <PrintForm id={host.id} />
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
