import type { CaKeyBoard } from '../../../../shared/contract/rotation-ca-key.ts';
import type { Status } from '../../../ui/status.ts';

/** What the operator sees done one after the other; between them stands the gate. */
export const phases = ['begin', 'switch', 'reissue', 'retire'] as const;
export type Phase = (typeof phases)[number];

/** Phases before which everybody must be ready. */
const gated: ReadonlySet<Phase> = new Set(['switch', 'retire']);

/** The next phase. @param action of the board; abort and waive are no phases */
export const phaseOf = ({ nextAction }: Pick<CaKeyBoard, 'nextAction'>): Phase =>
  phases.find((phase) => phase === nextAction) ?? 'begin';

export type Standing = 'done' | 'current' | 'ahead';

export function standingOf(phase: Phase, next: Phase): Standing {
  const [at, to] = [phases.indexOf(phase), phases.indexOf(next)];
  return at < to ? 'done' : at === to ? 'current' : 'ahead';
}

/** none: the next phase waits for nobody. */
export type Gate = 'open' | 'closed' | 'none';

export function gateOf(board: Pick<CaKeyBoard, 'nextAction' | 'waiting'>): Gate {
  if (!gated.has(phaseOf(board))) return 'none';
  return board.waiting === 0 ? 'open' : 'closed';
}

/** The word of a cell as a status of the product; a cell without evidence to give is shown as a dash. */
export const cellStatus: Readonly<Record<'proved' | 'pending' | 'failed', Status>> = {
  proved: 'proved',
  pending: 'pending',
  failed: 'failed',
};
