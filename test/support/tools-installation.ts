import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  agentPolicy,
  olderServicePolicy,
  responderPolicy,
  stepcaPolicy,
} from '../../src-main/openbao/policies.ts';
import { createOpenBao, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { toolRole } from '../../src-main/openbao/roles.ts';
import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import type { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { freePort, startChild, untilReady } from './child.ts';
import { testPki } from './pki.ts';

/** A work directory as the bootroot tools leave it, with what is known to be odd about such ones, and its OpenBao 2.6 on `file` storage. */
export interface ToolsInstallation {
  readonly url: string;
  readonly keys: readonly string[];
  readonly rootToken: string;
  readonly storage: string;
  /** Every KV path with the value of each version that can be read. */
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  /** OpenBao 2.6 on it again, unsealed, for as long as `job` takes. */
  run<T>(job: (client: OpenBaoClient) => Promise<T>): Promise<T>;
}

const names = ['edge', 'web', 'far'] as const;
const infra = ['stepca', 'responder'] as const;
const timing = { started_at_unix: null, expires_at_unix: null };

/** An entry of the older generation, or of the newer; with a key that neither knows. */
function entryOf(name: (typeof names)[number], newer: boolean, roleId: string): object {
  const remote = name === 'far';
  const common = {
    service_name: name,
    delivery_mode: remote ? 'remote-bootstrap' : 'local-file',
    hostname: 'node-01',
    domain: 'trusted.domain',
    agent_config_path: `agent-${name}.toml`,
    cert_path: `certs/${name}.crt`,
    key_path: `certs/${name}.key`,
    instance_id: '001',
    notes: null,
    site_label: `rack of ${name}`,
    approle: {
      role_name: `bootroot-service-${name}`,
      role_id: roleId,
      secret_id_path: `secrets/services/${name}/secret_id`,
      policy_name: `bootroot-service-${name}`,
    },
  };
  if (newer) return { registration_id: name, ...common, post_renew_hooks: [] };
  const waiting = remote ? 'pending' : 'none';
  return {
    ...common,
    deploy_type: name === 'web' ? 'docker' : 'daemon',
    container_name: name === 'web' ? 'web' : null,
    sync_status: { secret_id: waiting, eab: waiting, responder_hmac: waiting, trust_sync: waiting },
    sync_metadata: { secret_id: timing, eab: timing, responder_hmac: timing },
  };
}

const agentText = (
  name: string,
  newer: boolean,
  pins: readonly string[],
  root: string,
  url: string,
): string =>
  `# an operator's own remark about ${name}
# BEGIN bootroot managed profile: ${name}
[[profiles]]
service_name = "${name}"
${newer ? `registration_id = "${name}"\n` : ''}instance_id = "001"
hostname = "node-01"

[profiles.paths]
cert = "certs/${name}.crt"
key = "certs/${name}.key"
# END bootroot managed profile: ${name}
[trust]
ca_bundle_path = "certs/ca-bundle.pem"
trusted_ca_sha256 = [${pins.map((pin) => `"${pin}"`).join(', ')}]
${newer ? '' : 'verify_certificates = true\n'}${
    newer
      ? `
[openbao]
url = "${url}"
role_id_path = "${root}/secrets/services/${name}/role_id"
secret_id_path = "${root}/secrets/services/${name}/secret_id"
state_path = "${root}/bootroot-agent-state-${name}.json"
`
      : ''
  }`;

const infraAgent = (name: string): string => `vault {
  address = "http://openbao:8200"
}

auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "/openbao/secrets/openbao/${name}/role_id"
      secret_id_file_path = "/openbao/secrets/openbao/${name}/secret_id"
    }
  }
  sink "file" {
    config = {
      path = "/openbao/secrets/openbao/token"
    }
  }
}
`;

/** Fills an OpenBao as `init` and `service add` of the tools do; several versions of some paths, one of them deleted. */
async function fill(client: OpenBaoClient, trust: object): Promise<Map<string, string[]>> {
  await client.mounts.enableKv2('secret');
  await client.auth.enableAppRole();
  const documents: Record<string, readonly object[]> = {
    'bootroot/stepca/password': [{ value: 'first' }, { value: 'second' }],
    'bootroot/stepca/db': [{ value: 'postgresql://step:pw@postgres:5432/stepca' }],
    'bootroot/responder/hmac': [{ value: 'hmac-of-the-responder' }],
    'bootroot/agent/eab': [{ kid: 'kid', hmac: 'aG1hYw' }],
    'bootroot/ca': [trust],
    'bootroot/services/far/secret_id': [{ secret_id: 'one' }, { secret_id: 'two' }, { secret_id: 'three' }],
    'bootroot/services/far/trust': [trust],
    'team/of its own/ünicode': [{ note: 'kept' }],
  };
  const kept = new Map<string, string[]>();
  for (const [path, versions] of Object.entries(documents)) {
    for (const data of versions) await client.kv.write(path, data);
    kept.set(
      path,
      versions.map((data) => JSON.stringify(data)),
    );
  }
  await client.caller.write('secret/delete/bootroot/services/far/secret_id', { versions: [2] });
  const policies = {
    'bootroot-agent': agentPolicy('secret'),
    'bootroot-responder': responderPolicy('secret'),
    'bootroot-stepca': stepcaPolicy('secret'),
    ...Object.fromEntries(
      names.map((name) => [`bootroot-service-${name}`, olderServicePolicy(name, 'secret')]),
    ),
  };
  // The tools write the same rules with other line breaks.
  for (const [name, text] of Object.entries(policies))
    await client.policies.write(name, text.replace(/\n\n/g, '\n'));
  const roles = { 'bootroot-agent-role': 'bootroot-agent', 'bootroot-responder-role': 'bootroot-responder' };
  for (const [role, policy] of Object.entries({ ...roles, 'bootroot-stepca-role': 'bootroot-stepca' }))
    await client.approle.write(role, toolRole(policy));
  for (const name of names)
    await client.approle.write(`bootroot-service-${name}`, toolRole(`bootroot-service-${name}`));
  return kept;
}

/** Makes one in `paths.root`. Its OpenBao does not run afterwards: that is how 2.7 leaves it (failure mode C34). */
export async function toolsInstallation(
  paths: WorkspacePaths,
  generation: 'older' | 'newer',
): Promise<ToolsInstallation> {
  const newer = generation === 'newer';
  const storage = join(paths.root, 'openbao', 'file');
  await mkdir(storage, { recursive: true, mode: 0o700 });
  const { path: program } = await ensureServer('openbao', { version: '2.6.2' });
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const config = `ui = false # kept
storage "file" {
  path = ${JSON.stringify(storage)}
}
listener "tcp" {
  address = "${listen}"
  tls_disable = 1
}
disable_mlock = true
api_addr = "${url}"
`;
  // The older tools' file is inside the container's image; the newer write it into the work directory.
  const configFile = newer ? join(paths.root, 'openbao', 'openbao.hcl') : `${paths.root}-openbao.hcl`;
  await writeFile(configFile, config);
  const openbao = createOpenBao({ url });
  const start = async () => {
    const child = startChild(program, ['server', `-config=${configFile}`], { cwd: dirname(storage) });
    await untilReady(child, async () => (await openbao.sealStatus()) !== undefined);
    return child;
  };
  const unsealed = async (shares: readonly string[]): Promise<void> => {
    for (const share of shares) await openbao.unseal(share);
    while ((await openbao.health()).standby) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const pki = await testPki('Tools');
  const pins = [pki.root, pki.intermediate].map(({ sha256 }) => sha256);
  const first = await start();
  const { keys, rootToken } = await openbao.init({ shares: 3, threshold: 2 });
  await unsealed(keys.slice(0, 2));
  const client = openbao.withToken(rootToken);
  const secrets = await fill(client, { trusted_ca_sha256: pins, ca_bundle_pem: pki.bundle });

  const put = async (path: string, text: string, mode = 0o600): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode });
    await chmod(path, mode);
  };
  const services: Record<string, object> = {};
  for (const name of names) {
    const roleId = await client.approle.roleId(`bootroot-service-${name}`);
    services[name] = entryOf(name, newer, roleId);
    await put(paths.serviceSecret(name, 'role_id'), roleId);
    await put(
      paths.serviceSecret(name, 'secret_id'),
      (await client.approle.secretId(`bootroot-service-${name}`)).secretId,
    );
    if (name === 'far') continue;
    await put(join(paths.root, `agent-${name}.toml`), agentText(name, newer, pins, paths.root, url));
    if (!newer)
      await put(paths.serviceAgent(name, 'agent.toml.ctmpl'), agentText(name, false, pins, paths.root, url));
    const leaf = await pki.leaf([`001.${name}.node-01.trusted.domain`]);
    await put(paths.cert(name), leaf.cert, 0o644);
    await put(paths.key(name), leaf.key);
  }
  for (const name of infra) {
    await put(paths.infraAgent(name, 'agent.hcl'), infraAgent(name));
    await put(paths.infraAgent(name, 'role_id'), await client.approle.roleId(`bootroot-${name}-role`));
    // Its secret_id was deleted by the agent after it had read it (C8).
  }
  await put(paths.rootCert, pki.root.pem);
  await put(paths.intermediateCert, pki.intermediate.pem);
  // The first issuance has left the intermediate alone (C4).
  await put(paths.bundle, pki.intermediate.pem, 0o644);
  if (!newer)
    await put(
      paths.bootstrapArtifact('far'),
      JSON.stringify({
        openbao_url: url,
        kv_mount: 'secret',
        service_name: 'far',
        role_id_path: '/srv/far/role_id',
        secret_id_path: '/srv/far/secret_id',
        eab_file_path: '/srv/far/eab.json',
        agent_config_path: '/srv/far/agent.toml',
        ca_bundle_path: '/srv/far/ca-bundle.pem',
        agent_email: 'ops@example.com',
        agent_server: 'https://ca:9000/acme/acme/directory',
        agent_domain: 'trusted.domain',
        profile_hostname: 'node-01',
        profile_instance_id: '001',
        profile_cert_path: '/srv/far/far.crt',
        profile_key_path: '/srv/far/far.key',
      }),
    );
  await put(
    paths.openbaoAgentComposeOverride,
    'services:\n  openbao-agent-stepca:\n    image: openbao/openbao:latest\n',
    0o644,
  );
  await put(
    join(paths.root, 'init-summary.json'),
    JSON.stringify({ openbao_url: url, root_token: 's.not-a-real-one', unseal_keys: ['ab'] }),
  );
  const labels = {
    bootroot_agent: 'bootroot-agent',
    responder: 'bootroot-responder',
    stepca: 'bootroot-stepca',
  };
  const state = {
    openbao_url: url,
    kv_mount: 'secret',
    secrets_dir: 'secrets',
    policies: labels,
    approles: Object.fromEntries(Object.entries(labels).map(([label, name]) => [label, `${name}-role`])),
    services,
    site: { ticket: 4711 },
  };
  await put(paths.state, JSON.stringify(state, null, 2), 0o644);
  for (const open of [paths.serviceSecrets, join(paths.secrets, 'openbao', 'services')])
    await mkdir(open, { recursive: true }).then(() => chmod(open, 0o755));
  await first.stop();

  return {
    url,
    keys,
    rootToken,
    storage,
    secrets,
    async run(job) {
      const child = await start();
      try {
        await unsealed(keys.slice(0, 2));
        return await job(openbao.withToken(rootToken));
      } finally {
        await child.stop();
      }
    },
  };
}
