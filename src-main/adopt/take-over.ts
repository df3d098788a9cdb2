import * as z from 'zod';
import type { Precondition } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';

export const takeOverKind = 'adopt.take-over';

export interface Ownership {
  /** Whether the console made this installation, or the operator has handed it over. */
  readonly owned: () => Promise<boolean>;
  /** Unix milliseconds; undefined: not, or not any more. */
  readonly takenOverAt: () => Promise<number | undefined>;
  readonly note: (at: number | undefined) => Promise<void>;
  readonly now: () => number;
}

/** Operations that begin an installation, and the one that hands it over; every other one waits for that. */
const free = (kind: string): boolean => kind === takeOverKind || kind.startsWith('setup.');

/** An installation of other tools is only looked at until the operator says otherwise. */
export async function ownershipGuard({ owned }: Ownership, kind: string): Promise<readonly Precondition[]> {
  if (free(kind) || (await owned())) return [];
  const id = 'owned';
  return [
    { id, title: message('adopt.precondition.owned'), met: false, detail: message('adopt.precondition.how') },
  ];
}

/** From now on operations may run here. Nothing of the installation changes. */
export function takeOverDefinition(ownership: Ownership): OperationDefinition<Record<string, never>> {
  return {
    kind: takeOverKind,
    input: z.strictObject({}),
    async prepare() {
      return {
        title: message('adopt.take_over.title'),
        summary: message('adopt.take_over.summary'),
        steps: [
          {
            id: 'note',
            title: message('adopt.take_over.step'),
            effects: [{ kind: 'touches', who: '.console', note: message('adopt.take_over.note') }],
            check: async () => (await ownership.takenOverAt()) !== undefined,
            async apply(run) {
              await ownership.note(ownership.now());
              run.prove({ title: message('adopt.take_over.proof'), outcome: 'proved' });
            },
            undo: () => ownership.note(undefined),
          },
        ],
        preconditions: [],
        confirm: { verb: message('adopt.take_over.verb') },
      };
    },
  };
}
