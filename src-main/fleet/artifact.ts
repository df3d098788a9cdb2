import { dirname } from 'node:path';
import type { HostAdd } from '../../shared/contract/hosts.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Step } from '../operations/types.ts';
import { isNewer, parseArtifact, renderArtifact, type NewerArtifact } from '../remote/artifact.ts';
import type { ServicesContext } from '../services/context.ts';
import { findService, type Service } from '../services/entry.ts';
import { entryHooks } from '../services/reload-hooks.ts';
import { publishedTrust } from '../services/trust.ts';
import { ensureDirectory, readTextFileIfPresent, removeFile, writeFileAtomic } from '../workspace/atomic.ts';
import { hostPaths } from './host-paths.ts';

const maxBytes = 4 * 1024 * 1024;

/** The bootstrap.json of a service, if it is there and of the newer generation. Throws `remote_artifact_invalid`, … */
export async function readArtifactOf(
  context: Pick<ServicesContext, 'paths'>,
  id: string,
): Promise<{ readonly text: string; readonly artifact: NewerArtifact } | undefined> {
  const path = context.paths.bootstrapArtifact(id);
  const text = await readTextFileIfPresent(path, { maxBytes });
  if (text === undefined) return undefined;
  const artifact = parseArtifact(text, path);
  return isNewer(artifact) ? { text, artifact } : undefined;
}

/** What the service says of itself. Trust and role_id are filled in when it is written, the wrapping token after that. */
export function artifactOf(input: HostAdd, id: string, kvMount: string): NewerArtifact {
  const paths = hostPaths(input);
  const hooks = entryHooks(input.reload);
  return {
    schema_version: 5,
    openbao_url: input.openbaoUrl,
    kv_mount: kvMount,
    registration_id: id,
    service_name: input.serviceName,
    role_id_path: paths.roleId,
    secret_id_path: paths.secretId,
    eab_file_path: paths.eab,
    agent_config_path: input.agentConfigPath,
    ca_bundle_path: paths.bundle,
    ca_bundle_pem: '',
    trusted_ca_sha256: [],
    openbao_agent_config_path: paths.openbaoAgent.config,
    openbao_agent_template_path: paths.openbaoAgent.template,
    openbao_agent_token_path: paths.openbaoAgent.token,
    ...(input.agentEmail === undefined ? {} : { agent_email: input.agentEmail }),
    agent_server: input.agentServer,
    agent_domain: input.domain,
    agent_responder_url: input.responderUrl,
    profile_hostname: input.hostname,
    profile_instance_id: input.instanceId,
    profile_cert_path: input.certPath,
    profile_key_path: input.keyPath,
    ...(hooks.length === 0 ? {} : { post_renew_hooks: hooks }),
    ...(input.certGroupGid === undefined ? {} : { cert_group_gid: input.certGroupGid }),
  };
}

/** The artifact of a service as the older generation wrote it; undefined: there is none such. */
async function olderArtifactOf(
  { paths }: ServicesContext,
  id: string,
): Promise<Partial<NewerArtifact> | undefined> {
  const path = paths.bootstrapArtifact(id);
  const text = await readTextFileIfPresent(path, { maxBytes });
  const artifact = text === undefined ? undefined : parseArtifact(text, path);
  if (artifact === undefined || isNewer(artifact)) return undefined;
  // null means absent; what the newer generation requires is then taken from the entry.
  return Object.fromEntries(
    Object.entries(artifact).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** The same from an entry in state.json, for a service whose bootstrap.json is gone or of the older generation. */
async function baseOfEntry(context: ServicesContext, service: Service): Promise<NewerArtifact> {
  const { entry, id } = service;
  const { directoryUrl, responderAdminUrl } = await context.endpoints();
  const hooks = entry.post_renew_hooks ?? [];
  const artifact = artifactOf(
    {
      serviceName: entry.service_name,
      instanceId: entry.instance_id ?? '',
      hostname: entry.hostname,
      domain: entry.domain,
      deployType: entry.deploy_type ?? 'daemon',
      agentConfigPath: service.agentConfig,
      certPath: service.cert,
      keyPath: service.key,
      directory: dirname(service.agentConfig),
      openbaoUrl: context.openbao.url,
      agentServer: entry.agent_server ?? directoryUrl,
      responderUrl: entry.agent_responder_url ?? responderAdminUrl,
      wrapTtl: '30m',
      ...(entry.cert_group_gid == null ? {} : { certGroupGid: entry.cert_group_gid }),
    },
    id,
    context.kvMount,
  );
  return hooks.length === 0 ? artifact : { ...artifact, post_renew_hooks: hooks };
}

async function wanted(
  context: ServicesContext,
  id: string,
  base: NewerArtifact | undefined,
): Promise<NewerArtifact> {
  const client = context.client();
  const { pins, bundlePem } = await publishedTrust(client);
  const service = base === undefined ? await findService(id, context.paths) : undefined;
  const present = base ?? (await readArtifactOf(context, id).catch(() => undefined))?.artifact;
  if (present === undefined && service === undefined)
    throw new ConsoleError('not_found', { what: 'service', name: id });
  const role = service?.entry.approle.role_name ?? `bootroot-service-${id}`;
  return {
    ...(present ?? {
      ...(await baseOfEntry(context, service as Service)),
      ...(await olderArtifactOf(context, id)),
    }),
    ca_bundle_pem: bundlePem,
    trusted_ca_sha256: [...pins],
    role_id: await client.approle.roleId(role),
  };
}

/** The text of an artifact of either generation; undefined for one that is none. */
function readable(path: string, text: string): string | undefined {
  try {
    parseArtifact(text, path);
    return text;
  } catch {
    return undefined;
  }
}

/**
 * Writes bootstrap.json as the world is now: published trust, the role's present id, everything else as it was. The wrapping token comes
 * later, with the secret_id.
 * @param base for a service that is being added
 */
export function artifactStep(context: ServicesContext, ids: readonly string[], base?: NewerArtifact): Step {
  const path = (id: string): string => context.paths.bootstrapArtifact(id);
  return {
    id: 'artifact',
    title: message('hosts.step.artifact', { count: ids.length }),
    effects: ids.map((id) => ({
      kind: 'file',
      path: path(id),
      action: base === undefined ? 'change' : 'create',
      mode: '0600',
    })),
    async check() {
      for (const id of ids) {
        const present = await readArtifactOf(context, id).catch(() => undefined);
        if (present === undefined) return false;
        if (renderArtifact(await wanted(context, id, base), present.text) !== present.text) return false;
      }
      return true;
    },
    async apply(run) {
      for (const [index, id] of ids.entries()) {
        // Also one of the older generation, and one that cannot be read: an undo puts back what was there.
        const there = await readTextFileIfPresent(path(id), { maxBytes });
        await run.stage.once(`bootstrap-${String(index)}`, () => there ?? '');
        const before = there === undefined ? undefined : readable(path(id), there);
        await ensureDirectory(dirname(path(id)), { mode: 0o700 });
        await writeFileAtomic(path(id), renderArtifact(await wanted(context, id, base), before), {
          mode: 0o600,
        });
        run.progress((index + 1) / ids.length);
      }
    },
    async undo(run) {
      for (const [index, id] of ids.entries()) {
        const before = await run.stage.read(`bootstrap-${String(index)}`);
        if (before === undefined) continue;
        if (before === '') await removeFile(path(id));
        else await writeFileAtomic(path(id), before, { mode: 0o600 });
      }
    },
  };
}
