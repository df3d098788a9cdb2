import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IssuedCertificate } from '../acme/port.ts';
import { WorkspacePaths } from '../workspace/paths.ts';
import { newServiceEntry } from '../workspace/service-entry.ts';
import type { State } from '../workspace/state-schema.ts';
import { issueLeaf, makeHierarchy, type Authority } from '../x509/authority.ts';
import { serviceOf, type Service } from './entry.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

/** A CA with its intermediate that began a month ago. */
export const makeTestCa = (
  name: string,
): Promise<{ readonly root: Authority; readonly intermediate: Authority }> =>
  makeHierarchy({
    name,
    keyType: 'ec-p256',
    notBefore: Date.now() - 30 * day,
    rootLifetime: 3650 * day,
    intermediateLifetime: 1825 * day,
    pathLength: 0,
    permittedNames: [],
  });

/** A leaf as an ACME order answers it, and its key. */
export async function issueTo(
  names: readonly string[],
  issuer: Authority,
  validity: { readonly notBefore?: number; readonly lifetime?: number } = {},
): Promise<{ readonly issued: IssuedCertificate; readonly key: KeyObject; readonly sha256: string }> {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leaf = await issueLeaf(
    {
      names,
      key,
      purposes: ['server', 'client'],
      notBefore: validity.notBefore ?? Date.now() - hour,
      lifetime: validity.lifetime ?? day,
    },
    issuer,
  );
  return { issued: { leafPem: leaf.pem, chainPem: [issuer.pem] }, key, sha256: leaf.sha256 };
}

/** A work directory of a test. */
export interface TestDirectory {
  readonly root: string;
  readonly paths: WorkspacePaths;
  service(id: string, more?: { readonly certPath?: string; readonly agentConfigPath?: string }): Service;
  remove(): Promise<void>;
}

export async function makeTestDirectory(): Promise<TestDirectory> {
  const root = await mkdtemp(join(tmpdir(), 'service-'));
  const paths = new WorkspacePaths(root);
  return {
    root,
    paths,
    service(id, { certPath = `certs/${id}.crt`, agentConfigPath = `agent-${id}.toml` } = {}) {
      const entry = newServiceEntry(
        {
          registrationId: id,
          serviceName: id,
          deployType: 'daemon',
          deliveryMode: 'local-file',
          hostname: 'host',
          domain: 'trusted.domain',
          instanceId: '001',
          agentConfigPath,
          certPath,
          keyPath: certPath.replace(/crt$/, 'key'),
          approle: {
            roleName: `bootroot-service-${id}`,
            roleId: 'role',
            secretIdPath: `secrets/services/${id}/secret_id`,
            policyName: `bootroot-service-${id}`,
          },
        },
        0,
      );
      return serviceOf(id, entry, paths);
    },
    remove: () => rm(root, { recursive: true }),
  };
}

export const stateWith = (...services: readonly Service[]): State => ({
  openbao_url: 'http://127.0.0.1:8200',
  kv_mount: 'secret',
  services: Object.fromEntries(services.map(({ id, entry }) => [id, entry])),
});
