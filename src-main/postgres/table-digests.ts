import * as z from 'zod';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection } from './connection.ts';
import { quotedName } from './names.ts';

/** Rows and content of each table of a database's `public` schema, as `rows:sum` whatever the order of the rows. */
export type TableDigests = Readonly<Record<string, string>>;

const nameRow = z.object({ name: z.string() });
const digestRow = z.object({ rows: z.string(), sum: z.string() });

/** Millions of rows take their time, milliseconds. */
const statementMs = 600_000;

export const tableDigests = (dsn: Dsn): Promise<TableDigests> =>
  withConnection(
    dsn,
    async (connection) => {
      const tables = await connection.rows(
        nameRow,
        `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1`,
      );
      const found: Record<string, string> = {};
      for (const { name } of tables) {
        const [row] = await connection.rows(
          digestRow,
          `SELECT count(*)::text AS rows,
                  coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text AS sum
           FROM public.${quotedName(name)} t`,
        );
        found[name] = `${row?.rows ?? ''}:${row?.sum ?? ''}`;
      }
      return found;
    },
    { statementMs },
  );

/** How many rows all tables have together. */
export const rowsOf = (digests: TableDigests): number =>
  Object.values(digests).reduce((sum, text) => sum + Number(text.split(':', 1)[0]), 0);
