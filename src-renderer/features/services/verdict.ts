import { rungs, type Rung } from '../../../shared/contract/services.ts';
import type { Status } from '../../ui/status.ts';
import type { RungOutcome } from '../../ui/ladder.tsx';

/** The lowest rung that is not proved; undefined when all are. */
export function lowestUnproved(
  ladder: readonly Rung[],
): { rung: Rung['rung']; outcome: RungOutcome } | undefined {
  for (const rung of rungs) {
    const outcome = ladder.find((each) => each.rung === rung)?.outcome ?? 'unknown';
    if (outcome !== 'proved') return { rung, outcome };
  }
  return undefined;
}

const status: Record<RungOutcome, Status> = {
  proved: 'proved',
  not_proved: 'due',
  contradicted: 'contradicted',
  unknown: 'unknown',
};

/** The status word of a service. A rung that is not proved is due; nothing unproved is ever green. */
export const verdictOf = (ladder: readonly Rung[]): Status =>
  status[lowestUnproved(ladder)?.outcome ?? 'proved'];
