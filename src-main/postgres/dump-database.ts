import * as z from 'zod';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection } from './connection.ts';
import { quotedText } from './names.ts';
import { tableDefinition, tableNames } from './table-definition.ts';

const lineRow = z.object({ line: z.string() });
/** Millions of rows take their time, milliseconds. */
const statementMs = 600_000;
/** Rows that are held at once. */
const batch = 500;

/**
 * One database as SQL text of one moment, which `psql` or one simple query restores into an empty database, whole or not at all. The
 * server itself writes each row as a statement, so that nothing of a value is interpreted on the way.
 * @param dsn as the owner of its tables
 * @param write takes the text in parts, in their order
 * @returns how many rows each table had
 * @throws `postgres_…`
 */
export const dumpDatabase = (
  dsn: Dsn,
  write: (text: string) => Promise<void>,
): Promise<Readonly<Record<string, number>>> =>
  withConnection(
    dsn,
    async (connection) => {
      const counts: Record<string, number> = {};
      await connection.run('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await write('SET standard_conforming_strings = on;\nBEGIN;\n');
      for (const table of await tableNames(connection)) {
        const { name, create, columns, after } = await tableDefinition(connection, table);
        await write(`${create};\n`);
        const values = columns.map(({ quoted }) => `quote_nullable(${quoted}::text)`);
        const literal = values.length === 0 ? `''` : `concat_ws(', ', ${values.join(', ')})`;
        await connection.run(
          `DECLARE rows NO SCROLL CURSOR FOR
           SELECT format('INSERT INTO %s VALUES (%s);', ${quotedText(name)}, ${literal}) AS line FROM ${name}`,
        );
        let count = 0;
        for (;;) {
          const rows = await connection.rows(lineRow, `FETCH ${batch} FROM rows`);
          if (rows.length === 0) break;
          count += rows.length;
          await write(rows.map(({ line }) => `${line}\n`).join(''));
        }
        await connection.run('CLOSE rows');
        await write(after.map((statement) => `${statement};\n`).join(''));
        counts[table] = count;
      }
      await write('COMMIT;\n');
      await connection.run('COMMIT');
      return counts;
    },
    { statementMs },
  );
