import type { LogLine } from '../../../shared/contract/topology.ts';

/** Lines kept in the page. */
export const kept = 5_000;

/** Folds the lines of a log stream, the oldest going first when there are too many. */
export const foldLine = (before: readonly LogLine[] | undefined, line: LogLine): readonly LogLine[] => [
  ...(before ?? []).slice(1 - kept),
  line,
];
