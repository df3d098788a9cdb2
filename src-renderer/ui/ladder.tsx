import { IconArrowsDiff, IconCheck, IconPoint, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Message } from '../../shared/message.ts';
import { useMessage, useT } from '../app/i18n.tsx';
import { RelativeTime } from './relative-time.tsx';

export type RungOutcome = 'proved' | 'not_proved' | 'contradicted' | 'unknown';

export interface LadderRung {
  readonly id: string;
  readonly label: string;
  readonly outcome: RungOutcome;
  readonly at?: number | undefined;
  readonly evidence: readonly Message[];
}

const icons = { proved: IconCheck, not_proved: IconX, contradicted: IconArrowsDiff, unknown: IconPoint };

/** How far the evidence reaches: one rung after the other, each proved (when), not proved (why) or contradicted (by what). */
export function Ladder({ rungs }: { rungs: readonly LadderRung[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  return (
    <ol className="bc-ladder">
      {rungs.map((rung, index) => {
        const Icon = icons[rung.outcome];
        return (
          <li key={rung.id} data-outcome={rung.outcome}>
            <span className="bc-rung-mark">
              <Icon size={16} stroke={2.2} aria-hidden />
            </span>
            <div className="bc-rung-head">
              <strong>
                <span className="bc-rung-number">{index + 1}</span> {rung.label}
              </strong>
              <span className="bc-rung-outcome">{t(`ladder.${rung.outcome}`)}</span>
              {rung.at === undefined ? null : (
                <span className="bc-muted">
                  <RelativeTime at={rung.at} />
                </span>
              )}
            </div>
            {rung.evidence.length === 0 ? null : (
              <ul className="bc-rung-evidence">
                {rung.evidence.map((evidence, at) => (
                  <li key={at}>{say(evidence)}</li>
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ol>
  );
}
