import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { HostDetail } from '../../../shared/contract/hosts.ts';
import { useT } from '../../app/i18n.tsx';
import { useMutationProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { Section } from '../../ui/section.tsx';
import { usePlanner } from '../operations/planner.tsx';
import { CopyLine } from './handover-section.tsx';

/** Three steps for a host whose secret_id lapsed while it was off. */
export function RecoverySection({ host }: { host: HostDetail }): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const words = useWords();
  const collect = useMutationProcedure('hosts.collect', ['hosts.show', 'hosts.list']);
  return (
    <Section title={t('hosts.recovery')}>
      <p>
        {host.notAfter === undefined
          ? t('hosts.recovery.leadUnknown')
          : t('hosts.recovery.lead', { until: words.absolute(host.notAfter) })}
      </p>
      <ol className="bc-handover">
        <li>
          <strong>{t('hosts.recovery.one')}</strong>
          <p className="bc-muted">{t('hosts.recovery.oneText')}</p>
          <Button onClick={() => plan({ kind: 'host.handover', input: { ids: [host.id] } })}>
            {t('hosts.handover.again')}
          </Button>
        </li>
        <li>
          <strong>{t('hosts.recovery.two')}</strong>
          <p className="bc-muted">{t('hosts.recovery.twoText')}</p>
          <CopyLine text={host.copyCommand} />
          <CopyLine text={host.command} />
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
