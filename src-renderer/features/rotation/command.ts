import type { RotationTarget } from '../../../shared/contract/rotation.ts';
import { shellQuote } from '../../format/text.ts';

/**
 * The same rotation as a command line.
 * @param root work directory of the installation; undefined when none is open
 * @param words what follows the target, unquoted
 */
export function rotationCommand(
  root: string | undefined,
  target: RotationTarget,
  words: readonly string[] = [],
): string {
  const place = root === undefined ? [] : ['--work-dir', root];
  return ['bootroot-console', ...place, 'rotate', target, ...words].map(shellQuote).join(' ');
}

/** The words that choose services. */
export const serviceWords = (ids: 'all' | readonly string[]): readonly string[] =>
  ids === 'all' ? ['--all-services'] : ids.flatMap((id) => ['--registration-id', id]);

/** The words with which the due list's own input is said on the command line: all of it. */
export const allWords = (input: unknown): readonly string[] =>
  typeof input === 'object' && input !== null && 'ids' in input ? serviceWords('all') : [];
