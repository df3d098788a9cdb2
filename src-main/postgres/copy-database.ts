import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection, type Connection } from './connection.ts';
import { quotedName } from './names.ts';

const nameRow = z.object({ name: z.string() });
const columnRow = z.object({ name: z.string(), type: z.string(), filled: z.boolean() });
const definitionRow = z.object({ name: z.string(), definition: z.string() });
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
  const name = `public.${quotedName(table)}`;
  const columns = await from.rows(
    columnRow,
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled
     FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [name],
  );
  const listed = columns.map((column) => quotedName(column.name));
  const declared = columns.map(
    ({ type, filled }, index) => `${listed[index] ?? ''} ${type}${filled ? ' NOT NULL' : ''}`,
  );
  await to.run(`CREATE TABLE ${name} (${declared.join(', ')})`);
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
  // Keys and checks after the rows: they are made once, and they hold for all of them.
  const rules = await from.rows(
    definitionRow,
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'c') ORDER BY contype, conname`,
    [name],
  );
  for (const rule of rules)
    await to.run(`ALTER TABLE ${name} ADD CONSTRAINT ${quotedName(rule.name)} ${rule.definition}`);
  const indexes = await from.rows(
    definitionRow,
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     WHERE i.indrelid = $1::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)`,
    [name],
  );
  for (const index of indexes) await to.run(index.definition);
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
          const tables = await source.rows(
            nameRow,
            `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1`,
          );
          const there = await target.rows(
            nameRow,
            `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'r' LIMIT 1`,
          );
          if (there[0] !== undefined)
            throw new ConsoleError('postgres_failed', {
              host: to.host,
              port: to.port,
              reason: there[0].name,
            });
          for (const [index, { name }] of tables.entries()) {
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
