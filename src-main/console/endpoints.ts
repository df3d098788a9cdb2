import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Endpoints } from '../services/context.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import { adminScheme } from '../responder/config.ts';
import type { Topology } from '../topology/topology.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import type { Installation } from './installation.ts';

/** Where the bootroot tools expect their servers when nothing else is said (formats.md, agent.toml). */
const usual = {
  directoryUrl: 'https://localhost:9000/acme/acme/directory',
  responderAdminUrl: 'http://localhost:8080',
  httpPort: 80,
  domain: 'trusted.domain',
} as const;

const directoryOf = (stepcaUrl: string): string =>
  stepcaUrl.includes('/acme/') ? stepcaUrl : `${stepcaUrl.replace(/\/+$/, '')}/acme/acme/directory`;

/** The servers' addresses: of the local topology, as the operator gave them, or where the tools put them. */
export async function endpointsOf(
  paths: WorkspacePaths,
  topology: Topology,
  installation: Installation | undefined,
): Promise<Endpoints> {
  const services = Object.values((await readStateIfPresent(paths.state))?.services ?? {});
  const domain = installation?.domain ?? services[0]?.domain ?? usual.domain;
  const layout = await topology.readLayout();
  if (layout !== undefined)
    return {
      directoryUrl: `https://127.0.0.1:${layout.ports.stepCa}/acme/acme/directory`,
      responderAdminUrl: `${await adminScheme(paths.responderConfig)}://127.0.0.1:${layout.ports.responderAdmin}`,
      httpPort: layout.ports.acmeHttp,
      // Containers ask the engine's own name server.
      ...(layout.compose === undefined
        ? { resolver: `127.0.0.1:${layout.ports.resolver}` }
        : { addressesOf: (name: string) => topology.addressesOf(name) }),
      domain,
    };
  const external = installation?.external;
  if (external === undefined) return { ...usual, domain };
  return {
    directoryUrl: directoryOf(external.stepcaUrl),
    responderAdminUrl: external.responderAdminUrl ?? usual.responderAdminUrl,
    httpPort: external.http01Port ?? usual.httpPort,
    ...(external.resolver === undefined ? {} : { resolver: external.resolver }),
    domain,
  };
}

/** SHA-256 of the CA certificates on this host; of the bundle when step-ca's home is elsewhere. */
export async function localPins(paths: WorkspacePaths): Promise<readonly string[]> {
  try {
    const files = [paths.rootCert, paths.intermediateCert];
    return await Promise.all(files.map(async (file) => sha256(new X509Certificate(await readFile(file)))));
  } catch {
    const bundle = await readFile(paths.bundle, 'utf8').catch(() => '');
    return readBundle(bundle).map(sha256);
  }
}
