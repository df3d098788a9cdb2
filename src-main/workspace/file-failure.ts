import { ConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';

const codes = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EROFS: 'read_only',
  ENOENT: 'path_missing',
  ENOTDIR: 'not_a_directory',
  EISDIR: 'not_a_file',
  ELOOP: 'symlink_refused',
  ENAMETOOLONG: 'path_too_long',
} as const satisfies Record<string, ErrorCode>;

/** The errno name (`ENOENT`, …) of an error of Node's file system calls, or undefined. */
export function errno(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Says in the operator's words what the file system refused.
 * @param error what a call of node:fs threw; a ConsoleError comes back as it is
 * @param path the file or directory that the operator should look at
 * @param changed what stays in effect; nothing unless said
 */
export function fileFailure(
  error: unknown,
  path: string,
  changed: Message = message('error.changed.nothing'),
): ConsoleError {
  if (error instanceof ConsoleError) return error;
  const name = errno(error);
  const known: ErrorCode | undefined = name === undefined ? undefined : codes[name as keyof typeof codes];
  if (known !== undefined) return new ConsoleError(known, { path }, { changed, cause: error });
  return new ConsoleError('file_failed', { path, reason: name ?? 'unknown' }, { changed, cause: error });
}
