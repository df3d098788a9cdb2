import type { Service } from '../../services/entry.ts';
import type { ServicesContext } from '../../services/context.ts';
import { isRemote } from '../../rotation/targets.ts';
import { editAgentConfig, type AgentProfile } from '../../workspace/agent-config.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { parseToml, valueAt } from '../../workspace/toml.ts';

/** A file that changes: what is there and what shall be. */
export interface ChangedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const textAt = (profile: unknown, path: readonly string[], instead: string): string => {
  const value = valueAt(profile, path);
  return typeof value === 'string' ? value : instead;
};

/** The profile as its file has it, so that nothing but the new key changes; undefined: the file has none for this service. */
function profileIn(text: string, path: string, { id, entry }: Service): AgentProfile | undefined {
  const profiles: unknown = parseToml(text, path)['profiles'];
  const listed: readonly unknown[] = Array.isArray(profiles) ? profiles : [];
  const own = listed.find(
    (profile) =>
      textAt(profile, ['registration_id'], textAt(profile, ['service_name'], '')) === id ||
      textAt(profile, ['service_name'], '') === entry.service_name,
  );
  if (own === undefined) return undefined;
  return {
    registrationId: id,
    serviceName: textAt(own, ['service_name'], entry.service_name),
    instanceId: textAt(own, ['instance_id'], entry.instance_id ?? ''),
    hostname: textAt(own, ['hostname'], entry.hostname),
    certPath: textAt(own, ['paths', 'cert'], entry.cert_path),
    keyPath: textAt(own, ['paths', 'key'], entry.key_path),
  };
}

/**
 * An agent.toml that the newer agent loads and the older one still does: `registration_id`, an `[openbao]` table whose paths are
 * absolute, no `verify_certificates`. Everything else stays as it was written.
 * @throws as `editAgentConfig`; `agent_file_taken` when two services share the file, which the newer agent cannot
 */
export function newerAgentText(
  text: string,
  path: string,
  service: Service,
  context: ServicesContext,
): string {
  const profile = profileIn(text, path, service);
  if (profile === undefined) return text;
  const { url } = context.openbao;
  const settings = {
    trust: { verify_certificates: null },
    openbao: {
      url,
      kv_mount: context.kvMount,
      role_id_path: service.roleIdPath,
      secret_id_path: service.secretIdPath,
      state_path: context.paths.agentState(service.id),
      ...(url.startsWith('https:') ? { ca_bundle_path: service.bundle } : {}),
    },
  };
  return editAgentConfig(text, { profile, settings }, path);
}

/** Every agent.toml of this host, and the template from which an OpenBao Agent of the older generation renders it again. */
export async function agentFiles(
  context: ServicesContext,
  services: readonly Service[],
): Promise<ChangedFile[]> {
  const local = services.filter((service) => !isRemote(service));
  const files = await Promise.all(
    local.flatMap((service) =>
      [service.agentConfig, context.paths.serviceAgent(service.id, 'agent.toml.ctmpl')].map(
        async (path): Promise<ChangedFile[]> => {
          const before = await readTextFileIfPresent(path);
          if (before === undefined) return [];
          return [{ path, before, after: newerAgentText(before, path, service, context) }];
        },
      ),
    ),
  );
  return files.flat();
}
