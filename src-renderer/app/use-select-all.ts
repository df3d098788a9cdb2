import { useState } from 'react';
import type { Selection } from '../ui/use-selection.ts';
import { useClient } from './client-context.tsx';
import { windowOf, type WindowedList, type WindowedQuery, type WindowedRow } from './use-windowed.ts';

/** Rows asked for at a time. */
const size = 500;

interface SelectAll {
  readonly busy: boolean;
  readonly all: () => void;
}

/** Takes every row that fits the query into the selection, also those that were never in sight. */
export function useSelectAll<N extends WindowedList>(
  name: N,
  query: WindowedQuery<N>,
  matching: number,
  selection: Pick<Selection<WindowedRow<N>>, 'add'>,
): SelectAll {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const all = async (): Promise<void> => {
    setBusy(true);
    try {
      for (let offset = 0; offset < matching; offset += size) {
        const { items } = await client.call(name, windowOf<N>(query, offset, size));
        selection.add(items.map((item: WindowedRow<N>) => [item.id, item]));
      }
    } catch {
      // The list beside it says what is wrong; what was answered is selected.
    } finally {
      setBusy(false);
    }
  };
  return { busy, all: () => void all() };
}
