import { useCallback, useState } from 'react';

export interface Selection<T> {
  /** The chosen rows by their keys, in the order in which they were chosen. */
  readonly rows: ReadonlyMap<string, T>;
  readonly toggle: (key: string, row: T) => void;
  readonly add: (rows: readonly (readonly [key: string, row: T])[]) => void;
  readonly clear: () => void;
}

/** The rows that were chosen. They stay chosen while the search changes, so that a set can be put together. */
export function useSelection<T>(): Selection<T> {
  const [rows, setRows] = useState<ReadonlyMap<string, T>>(() => new Map());
  const toggle = useCallback(
    (key: string, row: T) =>
      setRows((before) => {
        const after = new Map(before);
        if (!after.delete(key)) after.set(key, row);
        return after;
      }),
    [],
  );
  const add = useCallback(
    (more: readonly (readonly [string, T])[]) => setRows((before) => new Map([...before, ...more])),
    [],
  );
  const clear = useCallback(() => setRows(new Map()), []);
  return { rows, toggle, add, clear };
}
