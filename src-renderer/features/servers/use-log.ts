import { useCallback, useEffect, useRef, useState } from 'react';
import type { LogSource } from '../../../shared/contract/topology.ts';
import type { ConsoleError } from '../../../shared/errors.ts';
import { useClient } from '../../app/client-context.tsx';
import { LogBuffer, type LogFilter } from './log-buffer.ts';

/** A log that is followed. */
export interface Log {
  readonly buffer: LogBuffer;
  /** Undefined until the first answer. */
  readonly count: number | undefined;
  readonly error: ConsoleError | undefined;
  /** Unix milliseconds of the last lines. */
  readonly at: number | undefined;
  readonly retry: () => void;
}

interface Seen {
  readonly count: number | undefined;
  readonly at: number | undefined;
  readonly version: number;
}

/** Drawn at most once in a frame, however many lines come. */
export function useLog(source: LogSource | undefined, lines: number, filter: LogFilter): Log {
  const client = useClient();
  const [round, setRound] = useState(0);
  const [error, setError] = useState<ConsoleError>();
  const [seen, setSeen] = useState<Seen>({ count: undefined, at: undefined, version: 0 });
  const [buffer, setBuffer] = useState(() => new LogBuffer());
  const frame = useRef<number | undefined>(undefined);

  const draw = useCallback((now: LogBuffer, at?: number): void => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = undefined;
      const more = now.search();
      setSeen((before) => ({ count: now.total, at: at ?? before.at, version: before.version + 1 }));
      if (more) draw(now);
    });
  }, []);

  useEffect(() => {
    const fresh = new LogBuffer();
    setBuffer(fresh);
    setSeen({ count: undefined, at: undefined, version: 0 });
    setError(undefined);
    return client.subscribe(
      'infra.logs',
      { lines, ...(source === undefined ? {} : { server: source }) },
      {
        onItem: (batch) => {
          fresh.push(batch);
          draw(fresh, Date.now());
        },
        onError: setError,
      },
    );
  }, [client, source, lines, round, draw]);

  useEffect(() => {
    buffer.setFilter(filter);
    draw(buffer);
  }, [buffer, filter, draw]);

  useEffect(
    () => () => {
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    },
    [],
  );
  const retry = useCallback(() => setRound((value) => value + 1), []);
  return { buffer, count: seen.count, error, at: seen.at, retry };
}
