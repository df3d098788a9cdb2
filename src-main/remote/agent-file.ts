import { dirname, join } from 'node:path';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { editAgentConfig, type AgentProfile, type AgentSettings } from '../workspace/agent-config.ts';
import { ensureDirectory, readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';
import { parseToml, valueAt } from '../workspace/toml.ts';
import { write } from './credential.ts';
import type { RemoteSettings } from './settings.ts';

const maxBytes = 4 * 1024 * 1024;

export const readAgentFile = async (settings: RemoteSettings): Promise<string | undefined> =>
  readTextFileIfPresent(settings.agentConfigPath, { maxBytes });

/** Fast-poll's state beside agent.toml, absolute and one for each service (failure mode C14). */
export const statePathOf = (settings: RemoteSettings): string =>
  join(dirname(settings.agentConfigPath), `bootroot-agent-state-${settings.id}.json`);

const profileOf = (settings: RemoteSettings): AgentProfile | undefined => {
  const { profile } = settings;
  return profile === undefined
    ? undefined
    : {
        registrationId: settings.id,
        serviceName: settings.serviceName,
        instanceId: profile.instanceId,
        hostname: profile.hostname,
        certPath: profile.certPath,
        keyPath: profile.keyPath,
        ...(profile.certGroupGid === undefined ? {} : { certGroupGid: profile.certGroupGid }),
        ...(profile.hooks.length === 0 ? {} : { postRenew: { success: profile.hooks } }),
      };
};

function baseSettings(settings: RemoteSettings): AgentSettings {
  const { email, server, domain, responderUrl } = settings.agent;
  return {
    top: {
      ...(email === undefined ? {} : { email }),
      ...(server === undefined ? {} : { server }),
      ...(domain === undefined ? {} : { domain }),
    },
    ...(responderUrl === undefined ? {} : { acme: { http_responder_url: responderUrl } }),
    ...(settings.fastPoll
      ? {
          // The older agent's key, which the newer one refuses (formats-newer.md).
          trust: { verify_certificates: null },
          openbao: {
            url: settings.openbaoUrl,
            kv_mount: settings.kvMount,
            role_id_path: settings.roleIdPath,
            secret_id_path: settings.secretIdPath,
            state_path: statePathOf(settings),
            ...(settings.openbaoUrl.startsWith('https:') && settings.caBundlePath !== undefined
              ? { ca_bundle_path: settings.caBundlePath }
              : {}),
          },
        }
      : {}),
  };
}

async function put(settings: RemoteSettings, name: string, before: string, after: string): Promise<boolean> {
  if (before === after && before !== '') return false;
  const path = settings.agentConfigPath;
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await write(name, () => replaceFileAtomic(path, after, { mode: 0o600 }));
  return true;
}

/** Whether a profile of this service is in the text, inside markers or written by hand. */
function listsProfile(text: string, { agentConfigPath: path, id }: RemoteSettings): boolean {
  const profiles: unknown = valueAt(parseToml(text, path), ['profiles']);
  return (
    Array.isArray(profiles) &&
    profiles.some(
      (one: unknown) => (valueAt(one, ['registration_id']) ?? valueAt(one, ['service_name'])) === id,
    )
  );
}

/**
 * The profile of this service and the addresses around it. An absent agent.toml gets this as its baseline. A profile that the operator
 * wrote by hand for this service stays his.
 * @returns whether the file changed
 * @throws `remote_agent_missing` when there is no file and nothing to make one of; what `editAgentConfig` refuses
 */
export async function ensureAgentFile(settings: RemoteSettings): Promise<boolean> {
  const { agentConfigPath: path } = settings;
  const before = await readAgentFile(settings);
  const profile = profileOf(settings);
  if (profile === undefined) {
    if (before === undefined) throw new ConsoleError('remote_agent_missing', { path });
    return false;
  }
  const edit = { pair: 'remote', settings: baseSettings(settings) } as const;
  try {
    return await put(
      settings,
      'profile',
      before ?? '',
      editAgentConfig(before ?? '', { ...edit, profile }, path),
    );
  } catch (error) {
    const byHand = isConsoleError(error, 'agent_profile_unmanaged') && listsProfile(before ?? '', settings);
    if (!byHand) throw error;
    return put(settings, 'profile', before ?? '', editAgentConfig(before ?? '', edit, path));
  }
}

/** Changes settings of an agent.toml that is there. @returns whether the file changed */
export async function editAgentFile(
  settings: RemoteSettings,
  name: string,
  change: AgentSettings,
): Promise<boolean> {
  const before = await readAgentFile(settings);
  if (before === undefined)
    throw new ConsoleError('remote_agent_missing', { path: settings.agentConfigPath });
  return put(settings, name, before, editAgentConfig(before, { settings: change }, settings.agentConfigPath));
}
