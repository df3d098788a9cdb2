import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { phases, standingOf, type Phase } from './phases.ts';

const said = { done: 'ui.stepDone', current: 'ui.stepCurrent', ahead: 'ui.stepAhead' } as const;

/** The phases in their order with what is done, what is next and what comes. */
export function PhaseStepper({ next }: { next: Phase }): ReactNode {
  const t = useT();
  return (
    <ol className="bc-phases" aria-label={t('caKey.phases')}>
      {phases.map((phase, index) => {
        const standing = standingOf(phase, next);
        return (
          <li key={phase} data-state={standing} aria-current={standing === 'current' ? 'step' : undefined}>
            <span className="bc-wizard-mark" aria-hidden>
              {standing === 'done' ? <IconCheck size={12} stroke={3} /> : index + 1}
            </span>
            <span>
              <strong>{t(`caKey.phase.${phase}`)}</strong>
              <small>{t(`caKey.phaseText.${phase}`)}</small>
            </span>
            <span className="bc-hidden">{t(said[standing])}</span>
          </li>
        );
      })}
    </ol>
  );
}
