import * as z from 'zod';
import type { Connection } from './connection.ts';

/** How large step-ca's tables are. Rows are the estimates of the last ANALYZE, or counted while there are few. */
export interface TableSize {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

const sized = z.object({ name: z.string(), rows: z.coerce.number(), bytes: z.coerce.number() });
const total = z.object({ bytes: z.coerce.number() });
const counted = z.object({ count: z.coerce.number() });
/** Counting so many takes no noticeable time. */
const countUpTo = 20_000;

/** Every table of step-ca that holds anything, the largest first. */
export async function tableSizes(connection: Connection): Promise<readonly TableSize[]> {
  const found = await connection.rows(
    sized,
    `SELECT c.relname AS name, greatest(c.reltuples, -1) AS rows, pg_total_relation_size(c.oid) AS bytes
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY bytes DESC, name`,
  );
  const sizes: TableSize[] = [];
  for (const table of found) {
    if (table.rows > countUpTo) sizes.push(table);
    else {
      // Names come from the catalogue of the database itself.
      const name = table.name.replaceAll('"', '""');
      const [row] = await connection.rows(counted, `SELECT count(*) AS count FROM public."${name}"`);
      sizes.push({ ...table, rows: row?.count ?? 0 });
    }
  }
  return sizes.filter(({ rows }) => rows > 0);
}

/** Of the whole database. */
export async function databaseBytes(connection: Connection): Promise<number> {
  const [row] = await connection.rows(total, 'SELECT pg_database_size(current_database()) AS bytes');
  return row?.bytes ?? 0;
}
