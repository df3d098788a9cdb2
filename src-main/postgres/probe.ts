import * as z from 'zod';
import { isConsoleError, type ConsoleError } from '../../shared/errors.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection, type ConnectOptions, type TlsLevel } from './connection.ts';

export type LoginProbe =
  | { readonly ok: true; readonly version: string; readonly tls: TlsLevel; readonly server: string }
  | { readonly ok: false; readonly error: ConsoleError };

/** Whether this DSN takes a login and answers a query, now, from here; if not, why, as an error to show. */
export async function probeLogin(dsn: Dsn, options: ConnectOptions = {}): Promise<LoginProbe> {
  const version = z.object({ version: z.string() });
  try {
    return await withConnection(
      dsn,
      async (connection) => {
        const [row] = await connection.rows(version, "SELECT current_setting('server_version') AS version");
        const { tls, server } = connection;
        return { ok: true, version: row?.version ?? '', tls, server };
      },
      { connectMs: 5_000, statementMs: 5_000, ...options },
    );
  } catch (error) {
    if (isConsoleError(error)) return { ok: false, error };
    throw error;
  }
}
