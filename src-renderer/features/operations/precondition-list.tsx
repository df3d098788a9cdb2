import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';

/** What must hold before the operation may start, each with a tick or a cross and why. */
export function PreconditionList({ preconditions }: { preconditions: readonly Precondition[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  if (preconditions.length === 0) return null;
  return (
    <ul className="bc-checks" aria-label={t('plan.preconditions')}>
      {preconditions.map(({ id, title, met, detail }) => (
        <li key={id} data-met={met}>
          {met ? <IconCircleCheck size={17} aria-hidden /> : <IconCircleX size={17} aria-hidden />}
          <span>
            <span className="bc-hidden">{t(met ? 'plan.met' : 'plan.notMet')}: </span>
            {say(title)}
            {detail === undefined ? null : <span className="bc-muted"> — {say(detail)}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
