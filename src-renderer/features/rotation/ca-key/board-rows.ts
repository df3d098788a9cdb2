import type { BoardRow } from '../../../../shared/contract/rotation-ca-key.ts';

/** all: everybody; waiting: those that hold the gate up. */
export type BoardView = 'all' | 'waiting';

export const holdsUp = ({ green, waived }: Pick<BoardRow, 'green' | 'waived'>): boolean =>
  !green && waived === undefined;

/** The rows that are shown: those that hold the gate up come first, each part by name. */
export function boardRows(rows: readonly BoardRow[], view: BoardView, search: string): readonly BoardRow[] {
  const wanted = search.trim().toLocaleLowerCase();
  return rows
    .filter((row) => view === 'all' || holdsUp(row))
    .filter(({ service, host }) => `${service} ${host}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => Number(holdsUp(b)) - Number(holdsUp(a)) || a.service.localeCompare(b.service));
}
