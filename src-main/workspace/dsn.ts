import { ConsoleError } from '../../shared/errors.ts';

/** A PostgreSQL address as step-ca takes it, taken apart. Nothing in it is percent-encoded. */
export interface Dsn {
  readonly user: string;
  readonly password?: string;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** In the order they stand: `sslmode` and others. */
  readonly options: readonly (readonly [string, string])[];
}

const form =
  /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::(.*))?@)?(\[[^\]]+\]|[^:/?@[\]]*)(?::(\d{1,5}))?(?:\/([^?]*))?(?:\?(.*))?$/s;

/** Tools have written passwords without encoding; a `%` that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Takes `postgresql://user:password@host:port/database?sslmode=disable` apart.
 * @throws `dsn_malformed`; the text itself, which holds a password, is in no error
 */
export function parseDsn(text: string): Dsn {
  const found = form.exec(text.trim());
  const port = Number(found?.[4] ?? '5432');
  if (found === null || port < 1 || port > 65535) throw new ConsoleError('dsn_malformed');
  const [, user, password, host, , database, query] = found;
  return {
    user: decode(user ?? ''),
    ...(password === undefined ? {} : { password: decode(password) }),
    host: (host ?? '').replace(/^\[|\]$/g, ''),
    port,
    database: decode(database ?? ''),
    options: [...new URLSearchParams(query ?? '')],
  };
}

/** Puts a DSN together; everything that needs it is percent-encoded. */
export function buildDsn(dsn: Dsn): string {
  const password = dsn.password === undefined ? '' : `:${encodeURIComponent(dsn.password)}`;
  const host = dsn.host.includes(':') ? `[${dsn.host}]` : dsn.host;
  const query =
    dsn.options.length === 0
      ? ''
      : `?${new URLSearchParams(dsn.options.map(([key, value]): [string, string] => [key, value])).toString()}`;
  return `postgresql://${encodeURIComponent(dsn.user)}${password}@${host}:${String(dsn.port)}/${encodeURIComponent(dsn.database)}${query}`;
}
