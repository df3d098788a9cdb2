import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Rung } from '../../shared/contract/services.ts';
import type { OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { consolePolicy, consoleRoleName } from '../../src-main/openbao/policies.ts';
import { consoleRole, toolRole } from '../../src-main/openbao/roles.ts';
import { openEngine, type TestEngine } from '../../src-main/operations/testing/open-engine.ts';
import type { OperationDefinition } from '../../src-main/operations/types.ts';
import { eachBounded } from '../../src-main/rotation/bounded.ts';
import type { RotationContext } from '../../src-main/rotation/context.ts';
import { approleSecretIdDefinition } from '../../src-main/rotation/credential-definitions.ts';
import { openSecretIds } from '../../src-main/rotation/secret-ids.ts';
import { trustSyncDefinition } from '../../src-main/rotation/trust-sync.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { newServiceEntry } from '../../src-main/workspace/service-entry.ts';
import { renderState } from '../../src-main/workspace/state.ts';
import type { ServiceEntry, State } from '../../src-main/workspace/state-schema.ts';
import { startOpenBao } from '../support/openbao.ts';
import { testPki, type TestPki } from '../support/pki.ts';

export interface Member {
  readonly id: string;
  readonly role: string;
  readonly roleId: string;
}

/** A real OpenBao with the roles of many services, and a work directory that knows them. */
export interface Fleet {
  readonly url: string;
  /** The console's token, for a loop of its own. */
  readonly token: string;
  readonly paths: WorkspacePaths;
  readonly engine: TestEngine['engine'];
  readonly context: RotationContext;
  readonly members: readonly Member[];
  /** Who signs the certificates of the services. */
  readonly authority: TestPki;
  /** This host's services, or hosts elsewhere that pull from OpenBao. */
  place(where: 'here' | 'remote', secretIds: ReadonlyMap<string, string>): Promise<void>;
  stop(): Promise<void>;
}

/** An input type is checked by the definition's own schema before it reaches `prepare`. */
const any = <I>(definition: OperationDefinition<I>): OperationDefinition => definition;

const agentToml = (id: string, bundle: string, pin: string): string => `# ${id}, kept by its operator
email = "ops@trusted.domain"
[acme]
http_responder_hmac = "secret"
[trust]
ca_bundle_path = "${bundle}"
trusted_ca_sha256 = ["${pin}"]
[[profiles]]
registration_id = "${id}"
service_name = "${id}"
instance_id = "001"
hostname = "host"
`;

function stateOf(url: string, members: readonly Member[], where: 'here' | 'remote'): State {
  const services = members.map(({ id, role, roleId }): [string, ServiceEntry] => [
    id,
    newServiceEntry(
      {
        registrationId: id,
        serviceName: id,
        deployType: 'daemon',
        deliveryMode: where === 'here' ? 'local-file' : 'remote-bootstrap',
        hostname: 'host',
        domain: 'trusted.domain',
        instanceId: '001',
        agentConfigPath: `agents/${id}.toml`,
        certPath: `certs/${id}.crt`,
        keyPath: `certs/${id}.key`,
        approle: {
          roleName: role,
          roleId,
          secretIdPath: `secrets/services/${id}/secret_id`,
          policyName: role,
        },
      },
      0,
    ),
  ]);
  return { openbao_url: url, kv_mount: 'secret', services: Object.fromEntries(services) };
}

async function makeConsoleRole(root: OpenBaoClient, paths: WorkspacePaths): Promise<void> {
  await root.policies.write(consoleRoleName, consolePolicy('secret'));
  await root.approle.write(consoleRoleName, consoleRole(consoleRoleName));
  const { secretId } = await root.approle.secretId(consoleRoleName);
  await mkdir(dirname(paths.consoleRole('console', 'role_id')), { recursive: true });
  await writeFile(paths.consoleRole('console', 'role_id'), await root.approle.roleId(consoleRoleName));
  await writeFile(paths.consoleRole('console', 'secret_id'), secretId);
}

/** @param size how many services */
export async function makeFleet(size: number): Promise<Fleet> {
  const bao = await startOpenBao();
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  const paths = new WorkspacePaths(directory);
  const root = bao.openbao.withToken((await bao.init()).rootToken);
  await root.mounts.enableKv2('secret');
  await root.auth.enableAppRole();
  await makeConsoleRole(root, paths);
  const pki = await testPki('Bench');
  await mkdir(paths.caCerts, { recursive: true });
  await mkdir(paths.certs, { recursive: true });
  await writeFile(paths.rootCert, pki.root.pem);
  await writeFile(paths.intermediateCert, pki.intermediate.pem);
  const names = Array.from({ length: size }, (_, index) => `service-${String(index).padStart(4, '0')}`);
  const made = new Map<string, Member>();
  await eachBounded(names, async (id) => {
    const role = `bootroot-service-${id}`;
    await root.approle.write(role, toolRole('default'));
    made.set(id, { id, role, roleId: await root.approle.roleId(role) });
  });
  const members = names.flatMap((id) => made.get(id) ?? []);
  const session = await openSecretIds(paths, { url: bao.url });
  const { token } = await bao.openbao.login(
    await root.approle.roleId(consoleRoleName),
    (await root.approle.secretId(consoleRoleName)).secretId,
  );
  await session.close();
  const client = bao.openbao.withToken(token);
  const proofs = new Map<string, readonly Rung[]>();
  const context: RotationContext = {
    services: {
      paths,
      openbao: bao.openbao,
      kvMount: 'secret',
      client: () => client,
      endpoints: () => Promise.reject(new Error('not asked')),
      localPins: async () => [],
      evidence: {
        read: async () => proofs,
        write: async (id, ladder) => void proofs.set(id, ladder),
        remove: async (id) => void proofs.delete(id),
      },
      now: Date.now,
    },
    topology: {
      managed: async () => false,
      restartStepCa: async () => undefined,
      reloadResponder: async () => false,
    },
    secretIds: () => openSecretIds(paths, { url: bao.url }),
    adopt: async () => undefined,
  };
  const opened = await openEngine(directory, [
    any(approleSecretIdDefinition(context)),
    any(trustSyncDefinition(context)),
  ]);
  return {
    url: bao.url,
    token,
    paths,
    engine: opened.engine,
    context,
    members,
    authority: pki,
    async place(where, secretIds) {
      await writeFile(paths.state, renderState(stateOf(bao.url, members, where)));
      await mkdir(join(directory, 'agents'), { recursive: true });
      await eachBounded(members, async ({ id, roleId }) => {
        const secretId = secretIds.get(id) ?? '';
        if (where === 'remote') {
          await client.kv.write(`bootroot/services/${id}/secret_id`, { secret_id: secretId });
          return;
        }
        await mkdir(paths.serviceDirectory(id), { recursive: true, mode: 0o700 });
        await writeFile(paths.serviceSecret(id, 'role_id'), roleId, { mode: 0o600 });
        await writeFile(paths.serviceSecret(id, 'secret_id'), secretId, { mode: 0o600 });
        await writeFile(paths.resolve(`agents/${id}.toml`), agentToml(id, paths.bundle, pki.root.sha256), {
          mode: 0o600,
        });
      });
    },
    async stop() {
      await opened.close();
      await bao.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
