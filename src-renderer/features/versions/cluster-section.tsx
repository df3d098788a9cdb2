import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Versions } from '../../../shared/contract/upgrade.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { Section } from '../../ui/section.tsx';
import { MemberRow } from '../openbao/members-section.tsx';
import { usePlanner } from '../operations/planner.tsx';

/** The members of OpenBao's cluster with their versions, and which one comes next. */
export function ClusterSection({
  cluster,
}: {
  readonly cluster: NonNullable<Versions['cluster']>;
}): ReactNode {
  const t = useT();
  const say = useMessage();
  const plan = usePlanner();
  return (
    <Section title={t('versions.cluster')}>
      <p className="bc-lead">{say(cluster.next)}</p>
      <ul className="bc-proofs">
        {cluster.members.map((member) => (
          <MemberRow key={member.url} member={member} />
        ))}
      </ul>
      <Button
        variant={cluster.stepDown ? 'filled' : 'default'}
        onClick={() => plan({ kind: 'openbao.step-down', input: {} })}
      >
        {t('cluster.step_down.verb')}
      </Button>
    </Section>
  );
}
