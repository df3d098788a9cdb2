import type { Operation, OperationEvent, OperationLog } from '../../../shared/contract/operations.ts';

/** What is known of the operations of this workspace, newest first, and the last log lines. */
export interface Records {
  readonly operations: readonly Operation[];
  readonly logs: readonly OperationLog[];
}

/** Log lines kept in the page; the whole log is asked for by operation. */
const keptLines = 2_000;

/** Folds the events of `operations.watch`. */
export function foldEvent(before: Records | undefined, event: OperationEvent): Records {
  const { operations, logs } = before ?? { operations: [], logs: [] };
  if (event.type === 'log') return { operations, logs: [...logs.slice(1 - keptLines), event.log] };
  const rest = operations.filter(({ id }) => id !== event.operation.id);
  return { operations: [event.operation, ...rest].sort((a, b) => b.startedAt - a.startedAt), logs };
}

const keyOf = (line: OperationLog): string =>
  `${line.at} ${line.stepId ?? ''} ${line.message.key} ${JSON.stringify(line.message.params ?? {})}`;

/** The log as it was answered, and the lines that came since, each once. */
export function mergeLogs(
  known: readonly OperationLog[],
  live: readonly OperationLog[],
): readonly OperationLog[] {
  const seen = new Set(known.map(keyOf));
  return [...known, ...live.filter((line) => !seen.has(keyOf(line)))];
}

export const isUnderWay = ({ state }: Operation): boolean =>
  state === 'running' || state === 'paused' || state === 'undoing';
