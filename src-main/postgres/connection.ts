import { Client, type ClientConfig } from 'pg';
import type * as z from 'zod';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { ConsoleError } from '../../shared/errors.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { sslMode, type SslMode } from './dsn.ts';
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
  readonly #client: Client;
  readonly #dsn: Dsn;

  constructor(client: Client, dsn: Dsn, tls: TlsLevel) {
    this.#client = client;
    this.#dsn = dsn;
    this.tls = tls;
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

/**
 * Connects at the TLS level that the DSN's `sslmode` asks for; `prefer` takes plain text where the server has no TLS.
 * @throws `postgres_unreachable`, `postgres_slow`, `postgres_starting`, `postgres_password`, `postgres_no_database`,
 * `postgres_tls`, `postgres_failed`
 */
export async function connect(dsn: Dsn, options: ConnectOptions = {}): Promise<Connection> {
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
