import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import type { Connection } from './connection.ts';

/**
 * What step-ca (0.30, acme/db/nosql) keeps of ACME: one table a kind, key and JSON value as bytes. It deletes nothing but nonces that
 * were used, so all of it grows.
 */
export const acmeKinds = ['orders', 'authorizations', 'certificates', 'nonces'] as const;
export type AcmeKind = (typeof acmeKinds)[number];

const json = `convert_from(nvalue, 'UTF8')::jsonb`;
const keyText = `convert_from(nkey, 'UTF8')`;

const endedOrder = `(${json}->>'expiresAt')::timestamptz < $1::timestamptz`;

interface Table {
  readonly name: string;
  /** Of a row: whether it ended before `$1`. */
  readonly ended: string;
}

const tables: Readonly<Record<AcmeKind, Table>> = {
  orders: { name: 'acme_orders', ended: endedOrder },
  authorizations: {
    name: 'acme_authzs',
    // One that a living order names is asked for with it.
    ended: `(${json}->>'expiresAt')::timestamptz < $1::timestamptz AND ${keyText} NOT IN (
      SELECT jsonb_array_elements_text(CASE jsonb_typeof(o.body->'authorizationIDs') WHEN 'array' THEN o.body->'authorizationIDs' ELSE '[]' END)
      FROM (SELECT ${json} AS body FROM public.acme_orders WHERE NOT (${endedOrder})) o)`,
  },
  // Whether the leaf itself has ended is looked at one by one.
  certificates: { name: 'acme_certs', ended: `(${json}->>'createdAt')::timestamptz < $1::timestamptz` },
  nonces: { name: 'nonces', ended: `(${json}->>'CreatedAt')::timestamptz < $1::timestamptz` },
};

const counted = z.object({ count: z.coerce.number() });
const keyed = z.object({ key: z.string() });
const order = z.object({ key: z.string(), account: z.string() });
const list = z.object({ account: z.string(), orders: z.array(z.string()) });
const certificate = z.object({ key: z.string(), leaf: z.string() });

/** Rows at once: each batch is one short transaction, and step-ca goes on in between. */
const batch = 500;

/** How many rows ended before this moment; of certificates the most that it may be. */
export async function countEnded(connection: Connection, kind: AcmeKind, before: Date): Promise<number> {
  const { name, ended } = tables[kind];
  const [row] = await connection.rows(
    counted,
    `SELECT count(*) AS count FROM public.${name} WHERE ${ended}`,
    [before],
  );
  return row?.count ?? 0;
}

async function transaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
}

const remove = (connection: Connection, table: string, keys: readonly string[]): Promise<{ key: string }[]> =>
  connection.rows(
    keyed,
    `DELETE FROM public.${table} WHERE nkey = ANY (SELECT convert_to(k, 'UTF8') FROM unnest($1::text[]) k) RETURNING ${keyText} AS key`,
    [keys],
  );

/**
 * step-ca loads every order that the list of an account names, and refuses the account's next order when one is missing. So an order
 * leaves the list in the transaction in which it goes; a list that is empty goes too, because step-ca cannot read an empty value.
 */
async function removeOrders(connection: Connection, before: Date): Promise<number> {
  const dead = await connection.rows(
    order,
    `SELECT ${keyText} AS key, coalesce(${json}->>'accountID', '') AS account FROM public.acme_orders
     WHERE ${tables.orders.ended} LIMIT ${batch}`,
    [before],
  );
  if (dead.length === 0) return 0;
  const gone = new Set(dead.map(({ key }) => key));
  const lists = await connection.rows(
    list,
    `SELECT ${keyText} AS account, ARRAY(SELECT jsonb_array_elements_text(${json})) AS orders FROM public.acme_account_orders_index
     WHERE nkey = ANY (SELECT convert_to(k, 'UTF8') FROM unnest($1::text[]) k) AND nvalue IS NOT NULL FOR UPDATE`,
    [[...new Set(dead.map(({ account }) => account))]],
  );
  for (const { account, orders } of lists) {
    const left = orders.filter((id) => !gone.has(id));
    if (left.length === orders.length) continue;
    if (left.length === 0) await remove(connection, 'acme_account_orders_index', [account]);
    else
      await connection.rows(
        keyed,
        `UPDATE public.acme_account_orders_index SET nvalue = convert_to($2, 'UTF8') WHERE nkey = convert_to($1, 'UTF8')
         RETURNING ${keyText} AS key`,
        // step-ca compares bytes before it swaps: as Go writes it, without a blank.
        [account, JSON.stringify(left)],
      );
  }
  return (await remove(connection, 'acme_orders', [...gone])).length;
}

async function removeAuthorizations(connection: Connection, before: Date): Promise<number> {
  const dead = await connection.rows(
    z.object({ key: z.string(), challenges: z.array(z.string()) }),
    `SELECT ${keyText} AS key, ARRAY(SELECT jsonb_array_elements_text(CASE jsonb_typeof(${json}->'challengeIDs')
       WHEN 'array' THEN ${json}->'challengeIDs' ELSE '[]' END)) AS challenges
     FROM public.acme_authzs WHERE ${tables.authorizations.ended} LIMIT ${batch}`,
    [before],
  );
  if (dead.length === 0) return 0;
  await remove(
    connection,
    'acme_challenges',
    dead.flatMap(({ challenges }) => challenges),
  );
  return (
    await remove(
      connection,
      'acme_authzs',
      dead.map(({ key }) => key),
    )
  ).length;
}

/** @returns how many went, and the key after which the next batch begins */
async function removeCertificates(
  connection: Connection,
  before: Date,
  after: string,
): Promise<{ readonly removed: number; readonly last: string | undefined }> {
  const old = await connection.rows(
    certificate,
    `SELECT ${keyText} AS key, ${json}->>'leaf' AS leaf FROM public.acme_certs
     WHERE ${tables.certificates.ended} AND nkey > convert_to($2, 'UTF8') ORDER BY nkey LIMIT 100`,
    [before, after],
  );
  const dead = old.flatMap(({ key, leaf }) => {
    try {
      const { validTo, serialNumber } = new X509Certificate(Buffer.from(leaf, 'base64'));
      return Date.parse(validTo) < before.getTime()
        ? [{ key, serial: BigInt(`0x${serialNumber}`).toString() }]
        : [];
    } catch {
      // What nobody can read is left as it is.
      return [];
    }
  });
  if (dead.length > 0) {
    await remove(
      connection,
      'acme_serial_certs_index',
      dead.map(({ serial }) => serial),
    );
    await remove(
      connection,
      'acme_certs',
      dead.map(({ key }) => key),
    );
  }
  return { removed: dead.length, last: old.at(-1)?.key };
}

async function removeNonces(connection: Connection, before: Date): Promise<number> {
  const dead = await connection.rows(
    keyed,
    `SELECT ${keyText} AS key FROM public.nonces WHERE ${tables.nonces.ended} LIMIT ${batch}`,
    [before],
  );
  return (
    await remove(
      connection,
      'nonces',
      dead.map(({ key }) => key),
    )
  ).length;
}

/**
 * Removes what ended before this moment, in batches, until nothing is left or the signal says stop.
 * @param told after each batch, how many rows went so far
 * @returns how many rows of this kind went
 */
export async function pruneEnded(
  connection: Connection,
  kind: AcmeKind,
  before: Date,
  options: { readonly signal: AbortSignal; readonly told: (removed: number) => void },
): Promise<number> {
  let total = 0;
  let after: string | undefined = '';
  while (!options.signal.aborted) {
    const count: number = await transaction(connection, async () => {
      switch (kind) {
        case 'orders':
          return removeOrders(connection, before);
        case 'authorizations':
          return removeAuthorizations(connection, before);
        case 'nonces':
          return removeNonces(connection, before);
        case 'certificates': {
          const step = await removeCertificates(connection, before, after ?? '');
          after = step.last;
          return step.removed;
        }
      }
    });
    total += count;
    options.told(total);
    if (kind === 'certificates' ? after === undefined : count === 0) break;
  }
  return total;
}

/** Gives the room of removed rows back to new ones; locks nothing that step-ca needs. */
export async function vacuumAcme(connection: Connection): Promise<void> {
  const names = [
    ...Object.values(tables).map(({ name }) => name),
    'acme_challenges',
    'acme_serial_certs_index',
  ];
  for (const name of names) await connection.run(`VACUUM (ANALYZE) public.${name}`);
}
