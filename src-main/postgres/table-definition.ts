import * as z from 'zod';
import type { Connection } from './connection.ts';
import { quotedName } from './names.ts';

const nameRow = z.object({ name: z.string() });
const columnRow = z.object({ name: z.string(), type: z.string(), filled: z.boolean() });
const definitionRow = z.object({ name: z.string(), definition: z.string() });

/** A plain table, as statements that make it again. */
export interface TableDefinition {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly create: string;
  readonly columns: readonly { readonly quoted: string; readonly type: string }[];
  /** Keys, checks and indexes, for after the rows: they are made once, and they hold for all of them. */
  readonly after: readonly string[];
}

/** Plain tables of the `public` schema, by name. */
export const tableNames = async (connection: Connection): Promise<readonly string[]> =>
  (
    await connection.rows(
      nameRow,
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1`,
    )
  ).map(({ name }) => name);

/** @param table as {@link tableNames} gives it */
export async function tableDefinition(connection: Connection, table: string): Promise<TableDefinition> {
  const name = `public.${quotedName(table)}`;
  const columns = await connection.rows(
    columnRow,
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled
     FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [name],
  );
  const rules = await connection.rows(
    definitionRow,
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'c') ORDER BY contype, conname`,
    [name],
  );
  const indexes = await connection.rows(
    definitionRow,
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     WHERE i.indrelid = $1::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)`,
    [name],
  );
  const declared = columns.map(
    (column) => `${quotedName(column.name)} ${column.type}${column.filled ? ' NOT NULL' : ''}`,
  );
  return {
    name,
    create: `CREATE TABLE ${name} (${declared.join(', ')})`,
    columns: columns.map((column) => ({ quoted: quotedName(column.name), type: column.type })),
    after: [
      ...rules.map(
        (rule) => `ALTER TABLE ${name} ADD CONSTRAINT ${quotedName(rule.name)} ${rule.definition}`,
      ),
      ...indexes.map(({ definition }) => definition),
    ],
  };
}
