import { ConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { serverTitles, type ServerId } from './server-id.ts';

/** What servers print when they cannot start, and what that is. The first that fits counts. */
const causes: readonly (readonly [RegExp, ErrorCode])[] = [
  [/No space left on device|disk quota exceeded/i, 'topology_disk_full'],
  [/address already in use|EADDRINUSE|already listens on|_port_taken/i, 'topology_port_lost'],
  // One wrong password in some hundred leaves bytes that look well padded and are no key.
  [
    /decryption password incorrect|error decrypting|incorrect password|bad decrypt|error parsing .*_key: asn1/i,
    'topology_key_password',
  ],
  [/password authentication failed|28P01/i, 'topology_db_password'],
  [/(connection refused|ECONNREFUSED|the database system is (starting|shutting))/i, 'topology_db_down'],
  [/(database files are incompatible|not compatible with this version)/i, 'topology_db_version'],
  [/permission denied|operation not permitted|EACCES|EPERM|Read-only file system/i, 'topology_permission'],
];

/**
 * The error of a server that ended before it was ready.
 * @param lines what it printed since it was started, redacted
 * @param exit how it ended, if known: `exit 1`
 */
export function startFailure(id: ServerId, lines: readonly string[], exit: string | undefined): ConsoleError {
  const text = lines.join('\n');
  const code = causes.find(([pattern]) => pattern.test(text))?.[1] ?? 'topology_exited';
  return new ConsoleError(
    code,
    { server: serverTitles[id], exit: exit ?? '?' },
    { detail: lines.slice(-15).join('\n') },
  );
}
