import type { Dsn } from '../workspace/dsn.ts';

export { buildDsn, parseDsn, serversOf, type DatabaseServer, type Dsn } from '../workspace/dsn.ts';

/** libpq's levels: what is asked of TLS. */
export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
const modes: readonly string[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** The `sslmode` of a DSN; libpq's and step-ca's default is `prefer`. An unknown one counts as the strictest. */
export function sslMode(dsn: Dsn): SslMode {
  const given = dsn.options.find(([name]) => name === 'sslmode')?.[1] ?? 'prefer';
  if (given === 'allow') return 'prefer';
  return modes.includes(given) ? (given as SslMode) : 'verify-full';
}
