import { readTextFile } from '../../workspace/atomic.ts';
import { caDsn, parseCaConfig } from '../../workspace/ca-json.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { withConnection, type Connection } from '../../postgres/connection.ts';
import { parseDsn, type Dsn } from '../../postgres/dsn.ts';
import type { RotationContext } from '../../rotation/context.ts';

/** A full scan of a large table takes its time. */
const statementMs = 120_000;

/** step-ca's DSN as this host calls the server. Throws `rotation_no_dsn`, `ca_json_…`. */
export async function databaseOf({ services, topology }: RotationContext): Promise<Dsn> {
  const path = services.paths.caConfig;
  const config = parseCaConfig(await readTextFile(path), path);
  const text = caDsn(config);
  if (text === undefined) throw new ConsoleError('rotation_no_dsn', { path });
  const dsn = parseDsn(text);
  const named = config.db?.['database'];
  const database = typeof named === 'string' && named !== '' ? named : dsn.database;
  return { ...dsn, database, ...(await topology.ownDatabase?.()) };
}

/** One connection to step-ca's database, as step-ca's own role. Throws those of {@link databaseOf} and of `connect`. */
export const withDatabase = async <T>(
  context: RotationContext,
  work: (connection: Connection) => Promise<T>,
): Promise<T> => withConnection(await databaseOf(context), work, { statementMs });
