import type { DriftItem } from '../../shared/contract/drift.ts';
import type { Effect } from '../../shared/contract/operations.ts';
import type { Message } from '../../shared/message.ts';

/** How something is brought back to what is declared. */
export interface Mend {
  readonly title: Message;
  readonly effect: Effect;
  /** Whether it is as declared already. */
  readonly check: () => Promise<boolean>;
  readonly apply: () => Promise<void>;
  /** What there was before, as text, for {@link undo}; undefined: nothing. */
  readonly before: () => Promise<string | undefined>;
  readonly undo: (before: string | undefined) => Promise<void>;
}

/** A comparison with its cure, if there is one; one that agrees has it too, for an undo after it was mended. */
export interface Found extends Omit<DriftItem, 'mendable'> {
  readonly mend?: Mend;
}

export const itemOf = ({ mend, ...item }: Found): DriftItem => ({
  ...item,
  mendable: mend !== undefined && item.state !== 'agrees',
});
