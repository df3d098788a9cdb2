import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection, type Connection } from './connection.ts';
import { tableDefinition, tableNames } from './table-definition.ts';

const nameRow = z.object({ name: z.string() });
const valuesRow = z.object({ values: z.array(z.string().nullable()) });

/** Millions of rows take their time, milliseconds. */
const options = { statementMs: 600_000 };
/** Rows that travel at once: ACME rows are a few kilobytes each. */
const batch = 500;

/**
 * What a copy of one database into a new cluster would lose: roles and databases beside these, and anything in the `public` schema that
 * is no plain table. Empty: nothing.
 * @param admin may read all catalogues
 */
export async function notCopied(
  admin: Dsn,
  { role, database }: { readonly role: string; readonly database: string },
): Promise<readonly string[]> {
  const names = async (connection: Connection, text: string, values: readonly unknown[]): Promise<string[]> =>
    (await connection.rows(nameRow, text, values)).map(({ name }) => name);
  const around = await withConnection(admin, async (connection) => [
    ...(await names(
      connection,
      `SELECT 'role ' || rolname AS name FROM pg_roles
       WHERE rolname NOT LIKE 'pg\\_%' AND rolname NOT IN ($1, current_user) ORDER BY 1`,
      [role],
    )),
    ...(await names(
      connection,
      `SELECT 'database ' || datname AS name FROM pg_database
       WHERE NOT datistemplate AND datname NOT IN ($1, 'postgres') ORDER BY 1`,
      [database],
    )),
  ]);
  const inside = await withConnection({ ...admin, database }, (connection) =>
    names(
      connection,
      `SELECT 'relation ' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND c.relkind NOT IN ('r', 'i', 't')
       UNION ALL SELECT 'function ' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = 'public'
       UNION ALL SELECT 'schema ' || nspname FROM pg_namespace
       WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('public', 'information_schema') ORDER BY 1`,
      [],
    ),
  );
  return [...around, ...inside];
}

async function copyTable(from: Connection, to: Connection, table: string): Promise<void> {
  const { name, create, columns, after } = await tableDefinition(from, table);
  await to.run(create);
  const listed = columns.map((column) => column.quoted);
  await from.run(
    `DECLARE rows NO SCROLL CURSOR FOR SELECT ARRAY[${listed.map((column) => `${column}::text`).join(', ')}] AS values FROM ${name}`,
  );
  const taken = columns.map((_column, index) => `$${index + 1}::text[]`).join(', ');
  const parts = columns.map(({ type }, index) => `v.c${index}::${type}`).join(', ');
  const into = `INSERT INTO ${name} SELECT ${parts} FROM unnest(${taken}) AS v(${columns.map((_column, index) => `c${index}`).join(', ')})`;
  for (;;) {
    const rows = await from.rows(valuesRow, `FETCH ${batch} FROM rows`);
    if (rows.length === 0) break;
    await to.rows(
      z.unknown(),
      into,
      columns.map((_column, index) => rows.map(({ values }) => values[index] ?? null)),
    );
  }
  await from.run('CLOSE rows');
  for (const statement of after) await to.run(statement);
}

/**
 * Dumps the tables of one database and restores them in another that is empty, row by row over two connections: what `pg_dump` and
 * `pg_restore` do, without either program, between any two major versions. Everything in one transaction on either side, so that a
 * dump is of one moment and a restore is whole or not at all.
 * @param from the source, as the owner of its tables
 * @param to the target, as the role that shall own them
 * @throws `postgres_…`
 */
export async function copyDatabase(from: Dsn, to: Dsn, onTable?: (done: number) => void): Promise<void> {
  await withConnection(
    from,
    (source) =>
      withConnection(
        to,
        async (target) => {
          await source.run('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
          await target.run('BEGIN');
          const tables = await tableNames(source);
          const [there] = await tableNames(target);
          if (there !== undefined)
            throw new ConsoleError('postgres_failed', { host: to.host, port: to.port, reason: there });
          for (const [index, name] of tables.entries()) {
            await copyTable(source, target, name);
            onTable?.((index + 1) / tables.length);
          }
          await target.run('COMMIT');
          await source.run('COMMIT');
        },
        options,
      ),
    options,
  );
}
