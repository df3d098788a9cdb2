import { ConsoleError, isConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { connectionFailure } from '../tls/failure.ts';
import type { Dsn } from '../workspace/dsn.ts';

/** Why a login or a statement failed, in one word. */
export type PostgresReason =
  'refused' | 'dns' | 'timeout' | 'starting' | 'password' | 'database' | 'tls' | 'forbidden' | 'other';

const codes: Readonly<Record<PostgresReason, ErrorCode>> = {
  refused: 'postgres_unreachable',
  dns: 'postgres_unreachable',
  timeout: 'postgres_slow',
  starting: 'postgres_starting',
  password: 'postgres_password',
  database: 'postgres_no_database',
  tls: 'postgres_tls',
  forbidden: 'postgres_forbidden',
  other: 'postgres_failed',
};

/** SQLSTATE (PostgreSQL manual, appendix A). 57P03: it starts up or shuts down; 57P01: it was told to end. */
const states: Readonly<Record<string, PostgresReason>> = {
  '28P01': 'password',
  '28000': 'password',
  '3D000': 'database',
  '57P03': 'starting',
  '57P01': 'starting',
  '57P02': 'starting',
  '57014': 'timeout',
  '55P03': 'timeout',
  '42501': 'forbidden',
};

/** SQLSTATE of a failure, or undefined when it came from elsewhere. */
export function sqlState(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

export function reasonOf(error: unknown): { readonly reason: PostgresReason; readonly code: string } {
  const state = sqlState(error);
  // pg_hba.conf that asks for TLS says 28000 with the words "no encryption".
  const text = error instanceof Error ? error.message : '';
  if (/does not support SSL|no encryption|SSL connection (was )?required/i.test(text)) {
    return { reason: 'tls', code: state ?? 'NO_TLS' };
  }
  if (state !== undefined) return { reason: states[state] ?? 'other', code: state };
  if (/timeout|timed out/i.test(text)) return { reason: 'timeout', code: 'ETIMEDOUT' };
  // pg's own words when the server hangs up before or while it answers.
  if (/Connection terminated/i.test(text)) return { reason: 'refused', code: 'ECONNRESET' };
  const failure = connectionFailure(error);
  switch (failure.kind) {
    case 'refused':
    case 'unreachable':
    case 'reset':
      return { reason: 'refused', code: failure.code };
    case 'not_resolved':
      return { reason: 'dns', code: failure.code };
    case 'timeout':
      return { reason: 'timeout', code: failure.code };
    case 'untrusted':
    case 'expired':
    case 'wrong_name':
    case 'unpinned':
    case 'not_tls':
    case 'peer_refused':
      return { reason: 'tls', code: failure.code };
    case 'too_large':
    case 'aborted':
    case 'other':
      return { reason: 'other', code: 'UNKNOWN' };
  }
}

/** Any failure as an error of the console. Neither statement nor password is in it, nor what PostgreSQL said of them. */
export function postgresError(error: unknown, dsn: Dsn): ConsoleError {
  if (isConsoleError(error)) return error;
  const { reason, code } = reasonOf(error);
  return new ConsoleError(
    codes[reason],
    { host: dsn.host, port: dsn.port, role: dsn.user, database: dsn.database, reason: code },
    { detail: code },
  );
}
