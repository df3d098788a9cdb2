import { useCallback, useEffect, useState } from 'react';
import type { Input, Output } from '../../shared/contract/index.ts';
import type { ConsoleError } from '../../shared/errors.ts';
import { useClient } from './client-context.tsx';
import type { StreamName } from './client.ts';

/** What a live stream has shown so far. */
export interface Streamed<T> {
  readonly value: T | undefined;
  readonly error: ConsoleError | undefined;
  /** Unix milliseconds of the last item. */
  readonly at: number | undefined;
  readonly retry: () => void;
}

interface State<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly error: ConsoleError | undefined;
  readonly at: number | undefined;
}

/**
 * Follows a stream and folds its items into one value; without `fold` the last item is the value.
 * `fold` and `initial` must be stable.
 */
export function useStreamed<N extends StreamName, T = Output<N>>(
  name: N,
  input: Input<N>,
  fold?: (value: T | undefined, item: Output<N>) => T,
  enabled = true,
): Streamed<T> {
  const client = useClient();
  const [round, setRound] = useState(0);
  const key = `${name} ${JSON.stringify(input)}`;
  const [state, setState] = useState<State<T>>({ key, value: undefined, error: undefined, at: undefined });

  useEffect(() => {
    if (!enabled) return;
    return client.subscribe(name, JSON.parse(key.slice(name.length + 1)) as Input<N>, {
      onItem: (item) =>
        setState((before) => {
          const value = before.key === key ? before.value : undefined;
          const next = fold === undefined ? (item as unknown as T) : fold(value, item);
          return { key, value: next, error: undefined, at: Date.now() };
        }),
      onError: (error) =>
        setState((before) =>
          before.key === key ? { ...before, error } : { key, value: undefined, error, at: undefined },
        ),
    });
  }, [client, name, key, fold, round, enabled]);

  const retry = useCallback(() => setRound((value) => value + 1), []);
  const current = state.key === key ? state : undefined;
  return { value: current?.value, error: current?.error, at: current?.at, retry };
}
