import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { rungs as names, type Rung } from '../../shared/contract/services.ts';
import { useT } from '../app/i18n.tsx';

/** The ladder in a row of a list: five marks, and in words the lowest rung that is not proved. */
export function LadderStrip({ rungs }: { rungs: readonly Rung[] }): ReactNode {
  const t = useT();
  const outcomes = names.map((name) => rungs.find(({ rung }) => rung === name)?.outcome ?? 'unknown');
  const lowest = outcomes.findIndex((outcome) => outcome !== 'proved');
  const rung = names[lowest === -1 ? names.length - 1 : lowest] ?? 'configured';
  const outcome = outcomes[lowest] ?? 'proved';
  const words = t(`ladder.headline.${outcome}`, { rung: t(`rung.${rung}`) });
  return (
    <Tooltip label={words}>
      <span className="bc-strip">
        <span className="bc-strip-marks" aria-hidden>
          {outcomes.map((each, at) => (
            <i key={at} data-outcome={each} />
          ))}
        </span>
        <span className="bc-ellipsis">{words}</span>
      </span>
    </Tooltip>
  );
}
