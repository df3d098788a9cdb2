import type { HostLog } from '../host-console.ts';

/** Lines of one reason that are written one by one before they are counted instead. */
const single = 50;
const windowMs = 10_000;

export interface Refusals {
  /** Every refusal is logged: the first ones as a line each, a flood as one line with its count, so that it cannot fill the disk. */
  report(reason: string, remote: string | undefined): void;
  /** Writes the counts that are still open. */
  flush(): void;
}

/**
 * @param print short line for the operator at the terminal, once for each reason and window
 * @param now unix milliseconds
 */
export function createRefusals(
  log: HostLog,
  print: (reason: string, count: number) => void,
  now: () => number = Date.now,
): Refusals {
  const windows = new Map<string, { since: number; count: number; written: number }>();

  const finish = (reason: string): void => {
    const window = windows.get(reason);
    windows.delete(reason);
    if (window === undefined || window.count === window.written) return;
    const count = window.count - window.written;
    log.warn({ reason, count }, 'refused, more of the same');
    print(reason, count);
  };
  const windowOf = (reason: string): { since: number; count: number; written: number } => {
    const open = windows.get(reason);
    if (open !== undefined && now() - open.since < windowMs) return open;
    finish(reason);
    const fresh = { since: now(), count: 0, written: 0 };
    windows.set(reason, fresh);
    return fresh;
  };

  return {
    report(reason, remote) {
      const window = windowOf(reason);
      window.count += 1;
      if (window.count > single) return;
      window.written += 1;
      log.warn({ reason, remote, count: 1 }, 'refused');
      if (window.count === 1) print(reason, 1);
    },
    flush() {
      for (const reason of [...windows.keys()]) finish(reason);
    },
  };
}
