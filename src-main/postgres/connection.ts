import { Client, type ClientConfig } from 'pg';
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { serversOf, sslMode, type SslMode } from './dsn.ts';
import { postgresError, reasonOf } from './failures.ts';

/** How the connection is protected: `verified` means chain, and with `verify-full` the name too. */
export type TlsLevel = 'none' | 'encrypted' | 'verified';

export interface ConnectOptions {
  /** PEM bundle for `verify-ca` and `verify-full`, instead of the system's store. */
  readonly ca?: string;
  /** Name, TCP, TLS and login together, milliseconds. Default 10,000. */
  readonly connectMs?: number;
  /** One statement, milliseconds. Default 30,000. */
  readonly statementMs?: number;
}

function tlsOptions(mode: SslMode, host: string, ca: string | undefined): ConnectionOptions | false {
  const trust = ca === undefined ? {} : { ca };
  switch (mode) {
    case 'disable':
      return false;
    case 'prefer':
    case 'require':
      return { rejectUnauthorized: false, minVersion: 'TLSv1.2' };
    case 'verify-ca':
      return {
        ...trust,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        checkServerIdentity: () => undefined,
      };
    case 'verify-full':
      return {
        ...trust,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
      };
  }
}

/** Everything is said here, because pg takes what is missing from `PG…` variables and `~/.pgpass`. */
function clientConfig(dsn: Dsn, mode: SslMode, options: ConnectOptions): ClientConfig {
  return {
    host: dsn.host === '' ? 'localhost' : dsn.host,
    port: dsn.port,
    user: dsn.user === '' ? 'postgres' : dsn.user,
    database: dsn.database === '' ? 'postgres' : dsn.database,
    password: () => dsn.password ?? '',
    ssl: tlsOptions(mode, dsn.host, options.ca),
    sslnegotiation: 'postgres',
    application_name: 'bootroot-console',
    client_encoding: 'UTF8',
    options: '-c client_min_messages=warning',
    connectionTimeoutMillis: options.connectMs ?? 10_000,
    query_timeout: options.statementMs ?? 30_000,
    statement_timeout: options.statementMs ?? 30_000,
  };
}

/** One connection. Every failure is a ConsoleError without the statement. */
export class Connection {
  readonly tls: TlsLevel;
  /** `host:port` of the server that it leads to. */
  readonly server: string;
  readonly #client: Client;
  readonly #dsn: Dsn;

  constructor(client: Client, dsn: Dsn, tls: TlsLevel) {
    this.#client = client;
    this.#dsn = dsn;
    this.tls = tls;
    this.server = `${dsn.host}:${dsn.port}`;
  }

  /** Runs one statement; `accept` lists SQLSTATEs that are as good as success. */
  async run(statement: string, accept: readonly string[] = []): Promise<void> {
    try {
      await this.#client.query(statement);
    } catch (error) {
      const { code } = reasonOf(error);
      if (!accept.includes(code)) throw postgresError(error, this.#dsn);
    }
  }

  /** Rows of a query, each in the shape asked for. */
  async rows<S extends z.ZodType>(
    schema: S,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<z.output<S>[]> {
    try {
      const { rows } = await this.#client.query<Record<string, unknown>>(text, [...values]);
      return rows.map((row) => {
        const parsed = schema.safeParse(row);
        if (parsed.success) return parsed.data;
        throw new ConsoleError('postgres_failed', {
          host: this.#dsn.host,
          port: this.#dsn.port,
          reason: 'row',
        });
      });
    } catch (error) {
      throw postgresError(error, this.#dsn);
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}

async function open(dsn: Dsn, mode: SslMode, options: ConnectOptions): Promise<Client> {
  const client = new Client(clientConfig(dsn, mode, options));
  // A connection that breaks while idle is an event, and without a listener the end of the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

/** At the TLS level that the DSN's `sslmode` asks for; `prefer` takes plain text where the server has no TLS. */
async function connectTo(dsn: Dsn, options: ConnectOptions): Promise<Connection> {
  const mode = sslMode(dsn);
  try {
    return new Connection(
      await open(dsn, mode, options),
      dsn,
      mode === 'disable' ? 'none' : mode.startsWith('verify') ? 'verified' : 'encrypted',
    );
  } catch (error) {
    if (mode !== 'prefer' || reasonOf(error).reason !== 'tls') throw postgresError(error, dsn);
  }
  try {
    return new Connection(await open(dsn, 'disable', options), dsn, 'none');
  } catch (error) {
    throw postgresError(error, dsn);
  }
}

const readOnly = z.object({ transaction_read_only: z.enum(['on', 'off']) });

async function takesWrites(connection: Connection): Promise<boolean> {
  const [row] = await connection.rows(readOnly, 'SHOW transaction_read_only');
  return row?.transaction_read_only === 'off';
}

/** The bundle that the DSN itself names (libpq's `sslrootcert`), where this host has that file. */
async function namedBundle({ options }: Dsn): Promise<string | undefined> {
  const path = options.find(([name]) => name === 'sslrootcert')?.[1] ?? '';
  return isAbsolute(path) ? readFile(path, 'utf8').catch(() => undefined) : undefined;
}

/**
 * Connects to the first server of the DSN that answers; of several, to the first that takes writes, for the others are its copies. A
 * server that refuses the login ends the search, as it does in libpq.
 * @throws `postgres_unreachable`, `postgres_slow`, `postgres_starting`, `postgres_password`, `postgres_no_database`,
 * `postgres_tls`, `postgres_failed`; `postgres_read_only` when none of several takes writes
 */
export async function connect(dsn: Dsn, options: ConnectOptions = {}): Promise<Connection> {
  const ca = options.ca ?? (await namedBundle(dsn));
  const own = ca === undefined ? options : { ...options, ca };
  const servers = serversOf(dsn);
  if (servers.length === 1) return connectTo(dsn, own);
  let failure: unknown;
  for (const server of servers) {
    try {
      const connection = await connectTo({ ...dsn, ...server, others: [] }, own);
      if (await takesWrites(connection)) return connection;
      await connection.close();
      failure = new ConsoleError('postgres_read_only', { host: server.host, port: server.port });
    } catch (error) {
      if (isConsoleError(error, 'postgres_password')) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** {@link connect}, and the connection ends with the work. */
export async function withConnection<T>(
  dsn: Dsn,
  work: (connection: Connection) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const connection = await connect(dsn, options);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
