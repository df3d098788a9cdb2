import * as z from 'zod';
import type { Connection } from './connection.ts';

/** A certificate that step-ca signed, as its database has it. */
export interface IssuedRow {
  /** Decimal. */
  readonly serial: string;
  readonly der: Buffer;
  readonly provisioner?: string;
  /** Unix milliseconds. */
  readonly revokedAt?: number;
  readonly reason?: string;
}

const row = z.object({
  serial: z.string(),
  der: z.instanceof(Buffer),
  provisioner: z.string().nullable(),
  revoked: z.string().nullable(),
  reason: z.string().nullable(),
});

/** A serial number as people have it, decimal; from hex with or without colons too. */
function serialsOf(text: string): string[] {
  const plain = text.replace(/[\s:]/g, '');
  const decimal = /^\d+$/.test(plain) ? [plain] : [];
  return /^[0-9a-f]{6,}$/i.test(plain) ? [...decimal, BigInt(`0x${plain}`).toString()] : decimal;
}

/**
 * What was issued, the latest first: the table has no time, and rows lie in it in the order in which they came.
 * @param search a serial number, or a part of a name, which stands in a certificate as it is
 */
export async function issuedRows(
  connection: Connection,
  { search, limit, offset }: { readonly search: string; readonly limit: number; readonly offset: number },
): Promise<readonly IssuedRow[]> {
  const wanted = search.trim();
  const found = await connection.rows(
    row,
    `SELECT convert_from(c.nkey, 'UTF8') AS serial, c.nvalue AS der,
       convert_from(d.nvalue, 'UTF8')::jsonb->'provisioner'->>'name' AS provisioner,
       convert_from(r.nvalue, 'UTF8')::jsonb->>'RevokedAt' AS revoked,
       convert_from(r.nvalue, 'UTF8')::jsonb->>'Reason' AS reason
     FROM (
       SELECT nkey, nvalue, ctid FROM public.x509_certs
       WHERE $1 = '' OR position(convert_to($1, 'UTF8') IN nvalue) > 0 OR convert_from(nkey, 'UTF8') = ANY ($2::text[])
       ORDER BY ctid DESC LIMIT $3 OFFSET $4
     ) c
     LEFT JOIN public.x509_certs_data d ON d.nkey = c.nkey
     LEFT JOIN public.revoked_x509_certs r ON r.nkey = c.nkey
     ORDER BY c.ctid DESC`,
    [wanted, serialsOf(wanted), limit, offset],
  );
  return found.map(({ serial, der, provisioner, revoked, reason }) => ({
    serial,
    der,
    ...(provisioner === null ? {} : { provisioner }),
    ...(revoked === null ? {} : { revokedAt: Date.parse(revoked) }),
    ...(reason === null || reason === '' ? {} : { reason }),
  }));
}
