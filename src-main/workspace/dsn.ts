import { ConsoleError } from '../../shared/errors.ts';

export interface DatabaseServer {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A PostgreSQL address as step-ca takes it, taken apart. Nothing in it is percent-encoded. */
export interface Dsn {
  readonly user: string;
  readonly password?: string;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Further servers of a replicated database, in the order in which they are tried. */
  readonly others?: readonly DatabaseServer[];
  readonly database: string;
  /** In the order they stand: `sslmode` and others. */
  readonly options: readonly (readonly [string, string])[];
}

const server = String.raw`(?:\[[^\]]+\]|[^:/?@[\],]*)(?::\d{1,5})?`;
const form = new RegExp(
  String.raw`^postgres(?:ql)?://(?:([^:@/]*)(?::(.*))?@)?(${server}(?:,${server})*)(?:/([^?]*))?(?:\?(.*))?$`,
  's',
);

/** `host`, `host:port`, `[address]:port`. Throws `dsn_malformed`. */
function serverOf(text: string): DatabaseServer {
  const [, host = '', port = '5432'] = /^(\[[^\]]+\]|[^:]*)(?::(\d+))?$/.exec(text) ?? [];
  const number = Number(port);
  if (number < 1 || number > 65_535) throw new ConsoleError('dsn_malformed');
  return { host: host.replace(/^\[|\]$/g, ''), port: number };
}

/** Every server that a DSN names, in the order in which they are tried. */
export const serversOf = ({ host, port, others = [] }: Dsn): readonly DatabaseServer[] => [
  { host, port },
  ...others,
];

/** Tools have written passwords without encoding; a `%` that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Takes `postgresql://user:password@host:port,host:port/database?sslmode=disable` apart.
 * @throws `dsn_malformed`; the text itself, which holds a password, is in no error
 */
export function parseDsn(text: string): Dsn {
  const found = form.exec(text.trim());
  if (found === null) throw new ConsoleError('dsn_malformed');
  const [, user, password, list = '', database, query] = found;
  const [first = serverOf(''), ...others] = list.split(',').map(serverOf);
  return {
    user: decode(user ?? ''),
    ...(password === undefined ? {} : { password: decode(password) }),
    ...first,
    ...(others.length === 0 ? {} : { others }),
    database: decode(database ?? ''),
    options: [...new URLSearchParams(query ?? '')],
  };
}

/** Puts a DSN together; everything that needs it is percent-encoded. */
export function buildDsn(dsn: Dsn): string {
  const password = dsn.password === undefined ? '' : `:${encodeURIComponent(dsn.password)}`;
  const list = serversOf(dsn)
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`)
    .join(',');
  const query =
    dsn.options.length === 0
      ? ''
      : `?${new URLSearchParams(dsn.options.map(([key, value]): [string, string] => [key, value])).toString()}`;
  return `postgresql://${encodeURIComponent(dsn.user)}${password}@${list}/${encodeURIComponent(dsn.database)}${query}`;
}
