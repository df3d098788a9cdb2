import type { Effect, Operation, Precondition } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { JournalEntry } from './journal.ts';
import type { Prepared } from './types.ts';

/** Plans an operation of the journal anew; rejects when that is no longer possible. */
type Again = (input: unknown) => Promise<Prepared>;

/** What an effect writes, so that two of them on the same thing are found; of what is only told or started nothing. */
function written(effect: Effect): string | undefined {
  switch (effect.kind) {
    case 'file':
    case 'openbao':
      return `${effect.kind} ${effect.path}`;
    case 'database':
      return `${effect.kind} ${effect.name}`;
    default:
      return undefined;
  }
}

const writtenBy = ({ steps }: Pick<Prepared, 'steps'>): ReadonlySet<string> =>
  new Set(steps.flatMap(({ effects }) => effects.flatMap((effect) => written(effect) ?? [])));

/**
 * Which of these write something that the new one writes too. One that can no longer be planned can be neither resumed nor undone, so
 * it holds nobody up.
 */
export async function unfinishedBefore(
  prepared: Prepared,
  resting: readonly JournalEntry[],
  again: Again,
): Promise<readonly JournalEntry[]> {
  const mine = writtenBy(prepared);
  const found: JournalEntry[] = [];
  for (const entry of resting) {
    const theirs = await again(entry.input).then(writtenBy, () => undefined);
    if (theirs !== undefined && [...theirs].some((one) => mine.has(one))) found.push(entry);
  }
  return found;
}

/** That the earlier one is brought to an end first, with its id for whoever resumes it. */
export function unfinishedPrecondition(earlier: readonly JournalEntry[]): Precondition {
  const title = message('operation.precondition.unfinished');
  const [newest] = earlier;
  if (newest === undefined) return { id: 'unfinished', title, met: true };
  const { id } = newest.operation;
  const detail = message('operation.precondition.unfinished_id', { operation: id });
  return { id: 'unfinished', title, met: false, detail };
}

/** The record of one whose effects another one has taken over: there is nothing left to go on with or to go back to. */
export const superseded = (operation: Operation, by: string): Operation => ({
  ...operation,
  canResume: false,
  canUndo: false,
  supersededBy: by,
});
