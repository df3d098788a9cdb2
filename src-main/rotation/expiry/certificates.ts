import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';
import { message } from '../../../shared/message.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import type { LeafCache } from '../../services/leaf-cache.ts';
import { readStateIfPresent } from '../../workspace/state.ts';
import { eachBounded } from '../bounded.ts';

type Leaves = Pick<LeafCache, 'read'>;
type Described = Pick<CredentialExpiry, 'id' | 'kind' | 'name' | 'to' | 'target'>;

async function certificate(described: Described, path: string, leaves: Leaves): Promise<CredentialExpiry> {
  const found = await leaves.read(path);
  return found === undefined
    ? { ...described, limit: 'unknown', problem: message('rotation.expiry.no_certificate', { path }) }
    : { ...described, limit: 'certificate', expiresAt: found.notAfter };
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
        kind: 'server_leaf' as const,
        name,
        to: '/servers',
        target: 'infra-tls',
      },
      path: paths.resolve(path),
    })),
    ...(['intermediate', 'root'] as const).map((kind) => ({
      described: { id: kind, kind, name: kind, to: '/certificates', target: 'ca-key' },
      path: kind === 'root' ? paths.rootCert : paths.intermediateCert,
    })),
  ];
  const found = new Map<string, CredentialExpiry>();
  await eachBounded(wanted, async ({ described, path }) => {
    found.set(described.id, await certificate(described, path, leaves));
  });
  return [...found.values()];
}
