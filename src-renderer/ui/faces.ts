import type { ConsoleError } from '../../shared/errors.ts';

/** The five faces of a collection: slow is never shown as empty, nor empty as slow, nor old as fresh. */
export type Face = 'not_asked' | 'loading' | 'empty' | 'partial' | 'failed' | 'full';

/** What is known of a collection. */
export interface Collected {
  readonly asked: boolean;
  readonly count: number | undefined;
  readonly error: ConsoleError | undefined;
  /** True when a newer answer should be there and is not. */
  readonly stale?: boolean;
}

export function faceOf({ asked, count, error, stale = false }: Collected): Face {
  if (!asked) return 'not_asked';
  if (count === undefined) return error === undefined ? 'loading' : 'failed';
  if (error !== undefined || stale) return 'partial';
  return count === 0 ? 'empty' : 'full';
}
