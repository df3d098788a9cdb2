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
}

interface Seen {
  readonly count: number | undefined;
  readonly at: number | undefined;
  readonly version: number;
}

/**
 * The lines of one or all servers from a component's first moment to its last; another source is another component. Drawn at most once
 * in a frame, however many lines come.
 */
export function useLog(source: LogSource | undefined, lines: number, filter: LogFilter): Log {
  const client = useClient();
  const [buffer] = useState(() => new LogBuffer());
  const [error, setError] = useState<ConsoleError>();
  const [seen, setSeen] = useState<Seen>({ count: undefined, at: undefined, version: 0 });
  const frame = useRef<number | undefined>(undefined);

  const draw = useCallback((): void => {
    const step = (): void => {
      const more = buffer.search();
      frame.current = more ? requestAnimationFrame(step) : undefined;
      const { lastAt } = buffer;
      setSeen(({ version }) => ({
        count: lastAt === undefined ? undefined : buffer.total,
        at: lastAt,
        version: version + 1,
      }));
    };
    frame.current ??= requestAnimationFrame(step);
  }, [buffer]);

  useEffect(
    () =>
      client.subscribe(
        'infra.logs',
        { lines, ...(source === undefined ? {} : { server: source }) },
        {
          onItem: (batch) => {
            buffer.push(batch, Date.now());
            draw();
          },
          onError: setError,
        },
      ),
    [client, source, lines, buffer, draw],
  );

  useEffect(() => {
    buffer.setFilter(filter);
    draw();
  }, [buffer, filter, draw]);

  useEffect(
    () => () => {
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    },
    [],
  );
  return { buffer, count: seen.count, error, at: seen.at };
}
