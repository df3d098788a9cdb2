import { X509Certificate } from 'node:crypto';
import type { CaDatabase, Issued } from '../../../shared/contract/health.ts';
import { acmeKinds, countEnded } from '../../postgres/step-ca-acme.ts';
import { databaseBytes, tableSizes } from '../../postgres/step-ca-growth.ts';
import { issuedRows, type IssuedRow } from '../../postgres/step-ca-issued.ts';
import type { RotationContext } from '../../rotation/context.ts';
import { dnsNames } from '../../issuance/set-files.ts';
import { withDatabase } from './database.ts';

const day = 86_400_000;

/** How large step-ca's database is, and what of it nobody needs any more. */
export const caDatabase = (context: RotationContext, keepDays: number): Promise<CaDatabase> =>
  withDatabase(context, async (connection) => {
    const before = new Date(context.services.now() - keepDays * day);
    const tables = await tableSizes(connection);
    const ended: CaDatabase['ended'] = [];
    for (const kind of acmeKinds) ended.push({ kind, rows: await countEnded(connection, kind, before) });
    return { bytes: await databaseBytes(connection), tables: [...tables], ended, keepDays };
  });

/** Bytes of the whole database. */
export const caDatabaseSize = (context: RotationContext): Promise<number> =>
  withDatabase(context, databaseBytes);

function issuedView({ serial, der, provisioner, revokedAt, reason }: IssuedRow): Issued['items'][number] {
  const certificate = new X509Certificate(der);
  const names = dnsNames(certificate);
  return {
    serial: BigInt(serial).toString(16),
    title: names[0] ?? certificate.subject,
    names: [...names],
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    pem: certificate.toString(),
    ...(provisioner === undefined ? {} : { provisioner }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** What step-ca has issued, the latest first. */
export const issuedCertificates = (
  context: RotationContext,
  query: { readonly search: string; readonly limit: number; readonly offset: number },
): Promise<Issued> =>
  withDatabase(context, async (connection) => {
    // One more than asked for says whether there are more.
    const rows = await issuedRows(connection, { ...query, limit: query.limit + 1 });
    return { items: rows.slice(0, query.limit).map(issuedView), more: rows.length > query.limit };
  });
