import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { HostDetail } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { Section } from '../../ui/section.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { CarryForm } from './carry-form.tsx';
import { Countdown } from './countdown.tsx';
import { CopyLine } from './handover-section.tsx';
import { statusOfHandover } from './host-status.ts';
import { PrintForm } from './print-form.tsx';

/** Three steps for a host whose secret_id lapsed while it was off. */
export function RecoverySection({ host }: { host: HostDetail }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const words = useWords();
  const { state, expiresAt } = host.handover;
  const made = state === 'waiting';
  const collect = useMutationProcedure('hosts.collect', ['hosts.show', 'hosts.list']);
  return (
    <Section title={t('hosts.recovery')}>
      <p>
        {made
          ? t('hosts.recovery.leadMade')
          : host.notAfter === undefined
            ? t('hosts.recovery.leadUnknown')
            : t('hosts.recovery.lead', { until: words.absolute(host.notAfter) })}
      </p>
      <ol className="bc-handover">
        <li>
          <strong>{t('hosts.recovery.one')}</strong>
          <p className="bc-muted">{t('hosts.recovery.oneText')}</p>
          {made ? (
            <Group gap="sm" mb="xs">
              <StatusBadge status={statusOfHandover.waiting} label={t('hosts.handoverWord.waiting')} />
              {expiresAt === undefined ? null : <Countdown at={expiresAt} />}
            </Group>
          ) : null}
          <Button
            variant={made ? 'default' : 'filled'}
            onClick={() => plan({ kind: 'host.handover', input: { ids: [host.id] } })}
          >
            {t('hosts.handover.again')}
          </Button>
        </li>
        <li>
          <strong>{t('hosts.recovery.two')}</strong>
          <p className="bc-muted">{t('hosts.recovery.twoText')}</p>
          <CopyLine text={host.copyCommand} />
          <CopyLine text={host.command} />
          {made ? (
            <>
              <CarryForm host={host} />
              <PrintForm id={host.id} />
            </>
          ) : null}
        </li>
        <li>
          <strong>{t('hosts.recovery.three')}</strong>
          <p className="bc-muted">{t('hosts.recovery.threeText')}</p>
          <Button variant="default" loading={collect.isPending} onClick={() => collect.mutate({})}>
            {t('hosts.collect')}
          </Button>
        </li>
      </ol>
    </Section>
  );
}
