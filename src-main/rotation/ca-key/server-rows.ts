import type { BoardRow } from '../../../shared/contract/rotation-ca-key.ts';
import { message } from '../../../shared/message.ts';
import type { ServicesContext } from '../../services/context.ts';
import { sha256 } from '../../tls/certificates.ts';
import { readLayout } from '../../topology/layout.ts';
import { TopologyPaths } from '../../topology/topology-paths.ts';
import { leafOf, namesOf, readPair } from '../infra-tls/pair.ts';
import { servedBy } from '../infra-tls/served.ts';
import { infraServers, type InfraServer } from '../infra-tls/servers.ts';
import { failed, issuerCell, none, pending, proved, type Cells } from './cells.ts';
import { bothTrusted, issuerOf, type Generations } from './generations.ts';

/** A server's row is named apart from services, which cannot have a colon in theirs. */
export const serverRowId = (id: string): string => `server:${id}`;
export const isServerRow = (name: string): boolean => /^server:(openbao|postgres|responder)$/.test(name);

async function cellsOf(
  context: ServicesContext,
  { id, pair }: Required<InfraServer>,
  all: Generations,
): Promise<Cells | undefined> {
  const files = await readPair(pair);
  if (files === undefined) return undefined;
  const leaf = leafOf(files);
  const by = issuerOf(leaf, all);
  // Somebody else's certificate does not end with this CA.
  if (by === 'other') return undefined;
  const names = namesOf(leaf);
  const name = names.includes(pair.host) ? pair.host : (names[0] ?? pair.host);
  const seen = await servedBy(id, pair, bothTrusted(all).ca_bundle_pem, name);
  const same = seen.ok && seen.served?.sha256 === sha256(leaf);
  return {
    bundle: none,
    pins: none,
    issuer: by === 'new' ? issuerCell(leaf, all) : pending(message('ca_key.evidence.server_old')),
    served: same
      ? proved(message('ca_key.evidence.server_served', { fingerprint: sha256(leaf).slice(0, 16) }))
      : failed(message('ca_key.evidence.server_not_served', { reason: seen.refusedReason ?? 'old' })),
    lastSeen: context.now(),
  };
}

/**
 * OpenBao, PostgreSQL and the responder, where they serve TLS with a certificate of this CA: when the old CA goes, whoever trusts
 * only the new one can no longer reach a server that was left behind.
 */
export async function serverRows(
  context: ServicesContext,
  all: Generations,
): Promise<readonly (Cells & Pick<BoardRow, 'service' | 'host' | 'remote'>)[]> {
  const layout = await readLayout(new TopologyPaths(context.paths).layout);
  const servers = await infraServers(context.paths, layout);
  const rows = await Promise.all(
    servers.map(async ({ id, pair }) => {
      const cells = pair === undefined ? undefined : await cellsOf(context, { id, pair }, all);
      return cells === undefined || pair === undefined
        ? []
        : [{ service: serverRowId(id), host: pair.host, remote: false, ...cells }];
    }),
  );
  return rows.flat();
}
