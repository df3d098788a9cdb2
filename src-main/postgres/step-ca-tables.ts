import * as z from 'zod';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection, type ConnectOptions } from './connection.ts';

export interface StepCaTables {
  /** False: step-ca has not been started on this database yet. */
  readonly present: boolean;
  /** Certificates issued; an estimate above 100,000, where counting takes seconds. */
  readonly certificates: number;
  readonly revoked: number;
}

const table = z.object({
  name: z.string(),
  estimate: z.coerce.number(),
});
const counted = z.object({ count: z.coerce.number() });
const countUpTo = 100_000;

/** What step-ca has in its database. */
export function stepCaTables(dsn: Dsn, options: ConnectOptions = {}): Promise<StepCaTables> {
  return withConnection(
    dsn,
    async (connection) => {
      const found = await connection.rows(
        table,
        `SELECT c.relname AS name, c.reltuples AS estimate FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname IN ('x509_certs', 'revoked_x509_certs')`,
      );
      const count = async (name: string): Promise<number> => {
        const estimate = found.find((one) => one.name === name)?.estimate;
        if (estimate === undefined) return 0;
        if (estimate > countUpTo) return Math.round(estimate);
        const [row] = await connection.rows(counted, `SELECT count(*) AS count FROM public.${name}`);
        return row?.count ?? 0;
      };
      return {
        present: found.some((one) => one.name === 'x509_certs'),
        certificates: await count('x509_certs'),
        revoked: await count('revoked_x509_certs'),
      };
    },
    { connectMs: 5_000, statementMs: 5_000, ...options },
  );
}
