import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';
import { message } from '../../../shared/message.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import type { LeafCache } from '../../services/leaf-cache.ts';
import { readLayout } from '../../topology/layout.ts';
import { TopologyPaths } from '../../topology/topology-paths.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { readStateIfPresent } from '../../workspace/state.ts';
import { eachBounded } from '../bounded.ts';
import { servedBy } from '../infra-tls/served.ts';
import { infraServers } from '../infra-tls/servers.ts';

type Leaves = Pick<LeafCache, 'read'>;
const serverLeaf = { kind: 'server_leaf' as const, to: '/servers', target: 'infra-tls' };
type Described = Pick<CredentialExpiry, 'id' | 'kind' | 'name' | 'to' | 'target'>;

async function certificate(described: Described, path: string, leaves: Leaves): Promise<CredentialExpiry> {
  const found = await leaves.read(path);
  return found === undefined
    ? { ...described, limit: 'unknown', problem: message('rotation.expiry.no_certificate', { path }) }
    : { ...described, limit: 'certificate', expiresAt: found.notAfter };
}

/** Servers whose certificate state.json does not know, as they show it now: PostgreSQL has no entry there. */
async function servedExpiries(
  paths: ServicesContext['paths'],
  named: readonly string[],
): Promise<CredentialExpiry[]> {
  const layout = await readLayout(new TopologyPaths(paths).layout).catch(() => undefined);
  const servers = await infraServers(paths, layout).catch(() => []);
  const found = await Promise.all(
    servers.map(async ({ id, pair }): Promise<CredentialExpiry | undefined> => {
      if (pair === undefined || named.includes(id)) return undefined;
      const ca = (await readTextFileIfPresent(paths.bundle).catch(() => undefined)) ?? '';
      const { served, refusedReason } = await servedBy(id, pair, ca, pair.host);
      const described = { ...serverLeaf, id: `server:${id}`, name: id };
      return served === undefined
        ? {
            ...described,
            limit: 'unknown',
            problem: message('rotation.expiry.not_served', { reason: refusedReason ?? '' }),
          }
        : { ...described, limit: 'certificate', expiresAt: Date.parse(served.notAfter) };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** Leaves of services and servers, intermediate and root, from their files. */
export async function certificateExpiries(
  { paths }: ServicesContext,
  services: readonly Service[],
  leaves: Leaves,
): Promise<CredentialExpiry[]> {
  const infra = Object.entries((await readStateIfPresent(paths.state))?.infra_certs ?? {});
  const wanted: { readonly described: Described; readonly path: string }[] = [
    ...services.map(({ id, cert }) => ({
      described: {
        id: `leaf:${id}`,
        kind: 'leaf' as const,
        name: id,
        to: `/services/${encodeURIComponent(id)}`,
        target: 'force-reissue',
      },
      path: cert,
    })),
    ...infra.map(([name, { cert_path: path }]) => ({
      described: {
        id: `server:${name}`,
        ...serverLeaf,
        name,
      },
      path: paths.resolve(path),
    })),
    ...(['intermediate', 'root'] as const).map((kind) => ({
      described: { id: kind, kind, name: kind, to: '/certificates', target: 'ca-key' },
      path: kind === 'root' ? paths.rootCert : paths.intermediateCert,
    })),
  ];
  const found = new Map<string, CredentialExpiry>();
  const named = infra.map(([name]) => (name === 'bootroot-http01' ? 'responder' : name));
  for (const one of await servedExpiries(paths, named)) found.set(one.id, one);
  await eachBounded(wanted, async ({ described, path }) => {
    found.set(described.id, await certificate(described, path, leaves));
  });
  return [...found.values()];
}
