import type { DriftItem } from '../../shared/contract/drift.ts';
import type { Effect } from '../../shared/contract/operations.ts';
import { message, type Message } from '../../shared/message.ts';

/** How something is brought back to what is declared. */
export interface Mend {
  readonly title: Message;
  readonly effects: readonly Effect[];
  /** Paths of OpenBao that the session has to be allowed to write for this. */
  readonly rights?: readonly string[];
  /** Whether it is as declared already. */
  readonly check: () => Promise<boolean>;
  /** Done again after a crash in the middle. `before`: what there was when it began first. */
  readonly apply: (before: string | undefined) => Promise<void>;
  /** What there was before, as text, for {@link undo}; undefined: nothing. */
  readonly before: () => Promise<string | undefined>;
  readonly undo: (before: string | undefined) => Promise<void>;
}

/** A comparison with its cure, if there is one; one that agrees has it too, for an undo after it was mended. */
export interface Found extends Omit<DriftItem, 'mendable'> {
  readonly mend?: Mend;
  /** The first of its rights that the session does not have: the cure is known, and this session cannot bring it about. */
  readonly refused?: string;
}

export const itemOf = ({ mend, refused, ...item }: Found): DriftItem => ({
  ...item,
  ...(refused === undefined ? {} : { detail: message('drift.detail.no_right', { path: refused }) }),
  mendable: mend !== undefined && refused === undefined && item.state !== 'agrees',
});
