import { resolve } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import type { AgentHook } from '../workspace/agent-config.ts';
import { readTextFile } from '../workspace/atomic.ts';
import { isNewer, parseArtifact, type Artifact } from './artifact.ts';

/** Flags of bootroot-remote of both generations, as the command line gives them. */
export interface RemoteFlags {
  readonly artifact?: string;
  readonly openbaoUrl?: string;
  readonly kvMount?: string;
  readonly registrationId?: string;
  readonly serviceName?: string;
  readonly roleIdPath?: string;
  readonly secretIdPath?: string;
  readonly eabFilePath?: string;
  readonly agentConfigPath?: string;
  readonly caBundlePath?: string;
  readonly agentEmail?: string;
  readonly agentServer?: string;
  readonly agentDomain?: string;
  readonly agentResponderUrl?: string;
  readonly profileHostname?: string;
  readonly profileInstanceId?: string;
  readonly profileCertPath?: string;
  readonly profileKeyPath?: string;
  readonly postRenewCommand?: string;
  readonly postRenewArg?: readonly string[];
  readonly postRenewTimeoutSecs?: string;
  readonly postRenewOnFailure?: string;
}

/** A certificate of this host as its profile in agent.toml says. */
export interface RemoteProfile {
  readonly hostname: string;
  readonly instanceId: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly hooks: readonly AgentHook[];
  readonly certGroupGid?: number;
}

/** Everything a service host knows of itself: from bootstrap.json, from flags, from the environment. Paths are absolute. */
export interface RemoteSettings {
  readonly openbaoUrl: string;
  readonly kvMount: string;
  /** registration_id; the service's name where there is none. */
  readonly id: string;
  readonly serviceName: string;
  readonly roleIdPath: string;
  readonly secretIdPath: string;
  readonly eabFilePath: string;
  readonly agentConfigPath: string;
  readonly caBundlePath?: string;
  /** The newer generation: agent.toml gets an `[openbao]` table, so that the agent polls by itself. */
  readonly fastPoll: boolean;
  readonly agent: {
    readonly email?: string;
    readonly server?: string;
    readonly domain?: string;
    readonly responderUrl?: string;
  };
  readonly profile?: RemoteProfile;
  readonly trust?: { readonly bundlePem: string; readonly pins: readonly string[] };
  readonly roleId?: string;
  readonly wrap?: { readonly token: string; /** Unix milliseconds. */ readonly expiresAt?: number };
}

type Environment = Readonly<Record<string, string | undefined>>;
type Known = Partial<Record<keyof Artifact, unknown>>;

const missing = (flag: string): ConsoleError => new ConsoleError('cli_usage', { problem: flag });

const given = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function hooksOf(artifact: Artifact | undefined, flags: RemoteFlags): readonly AgentHook[] {
  if (artifact !== undefined && isNewer(artifact) && artifact.post_renew_hooks)
    return artifact.post_renew_hooks.map(({ command, args, timeout_secs, on_failure }) => ({
      command,
      ...(args === undefined ? {} : { args }),
      ...(timeout_secs === undefined ? {} : { timeout_secs }),
      ...(on_failure === undefined ? {} : { on_failure }),
    }));
  if (flags.postRenewCommand === undefined) return [];
  const failure = flags.postRenewOnFailure;
  if (failure !== undefined && failure !== 'continue' && failure !== 'stop')
    throw missing('--post-renew-on-failure');
  const seconds = Number(flags.postRenewTimeoutSecs ?? 30);
  if (!Number.isInteger(seconds) || seconds < 1) throw missing('--post-renew-timeout-secs');
  return [
    {
      command: flags.postRenewCommand,
      args: [...(flags.postRenewArg ?? [])],
      timeout_secs: seconds,
      ...(failure === undefined ? {} : { on_failure: failure }),
    },
  ];
}

function settingsFrom(
  artifact: Artifact | undefined,
  flags: RemoteFlags,
  environment: Environment,
): RemoteSettings {
  const known: Known = artifact ?? {};
  const say = (key: keyof Known, flag: string | undefined): string | undefined => given(known[key]) ?? flag;
  const need = (key: keyof Known, flag: string | undefined, name: string): string => {
    const value = say(key, flag);
    if (value === undefined) throw missing(name);
    return value;
  };
  // Relative to where the command runs, as the tools take them: their own artifacts often name them so.
  const path = (key: keyof Known, flag: string | undefined, name: string): string =>
    resolve(need(key, flag, name));
  const optionalPath = (key: keyof Known, flag: string | undefined, name: string): string | undefined =>
    say(key, flag) === undefined ? undefined : path(key, flag, name);
  const named = say('registration_id', flags.registrationId) ?? say('service_name', flags.serviceName);
  if (named === undefined) throw missing('--service-name');
  const serviceName = say('service_name', flags.serviceName) ?? named;
  const cert = optionalPath('profile_cert_path', flags.profileCertPath, '--profile-cert-path');
  const key = optionalPath('profile_key_path', flags.profileKeyPath, '--profile-key-path');
  const hostname = say('profile_hostname', flags.profileHostname);
  const newer = artifact !== undefined && isNewer(artifact) ? artifact : undefined;
  const bundle = optionalPath('ca_bundle_path', flags.caBundlePath, '--ca-bundle-path');
  const agent = {
    email: say('agent_email', flags.agentEmail),
    server: say('agent_server', flags.agentServer),
    domain: say('agent_domain', flags.agentDomain),
    responderUrl: say('agent_responder_url', flags.agentResponderUrl),
  };
  const expires = Date.parse(newer?.wrap_expires_at ?? '');
  const wrapToken = given(newer?.wrap_token);
  const roleId = given(known['role_id']);
  return {
    openbaoUrl: need('openbao_url', flags.openbaoUrl ?? environment['OPENBAO_URL'], '--openbao-url'),
    kvMount: say('kv_mount', flags.kvMount ?? environment['OPENBAO_KV_MOUNT']) ?? 'secret',
    id: named,
    serviceName,
    roleIdPath: path('role_id_path', flags.roleIdPath, '--role-id-path'),
    secretIdPath: path('secret_id_path', flags.secretIdPath, '--secret-id-path'),
    eabFilePath: path('eab_file_path', flags.eabFilePath, '--eab-file-path'),
    agentConfigPath: path('agent_config_path', flags.agentConfigPath, '--agent-config-path'),
    ...(bundle === undefined ? {} : { caBundlePath: bundle }),
    fastPoll: newer !== undefined || (artifact === undefined && flags.registrationId !== undefined),
    agent: Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined)),
    ...(hostname === undefined || cert === undefined || key === undefined
      ? {}
      : {
          profile: {
            hostname,
            instanceId: say('profile_instance_id', flags.profileInstanceId) ?? '',
            certPath: cert,
            keyPath: key,
            hooks: hooksOf(artifact, flags),
            ...(newer?.cert_group_gid == null ? {} : { certGroupGid: newer.cert_group_gid }),
          },
        }),
    ...(newer === undefined
      ? {}
      : {
          trust: {
            bundlePem: newer.ca_bundle_pem,
            pins: newer.trusted_ca_sha256.map((pin) => pin.toLowerCase()),
          },
        }),
    ...(roleId === undefined ? {} : { roleId }),
    ...(wrapToken === undefined
      ? {}
      : { wrap: { token: wrapToken, ...(Number.isFinite(expires) ? { expiresAt: expires } : {}) } }),
  };
}

/**
 * What a remote word works with. The artifact beats flags, flags beat the environment.
 * @throws `cli_usage` naming the flag that is missing, `remote_artifact_invalid`, `remote_artifact_version`
 */
export async function remoteSettings(flags: RemoteFlags, environment: Environment): Promise<RemoteSettings> {
  const artifact =
    flags.artifact === undefined
      ? undefined
      : parseArtifact(await readTextFile(flags.artifact, { maxBytes: 4 * 1024 * 1024 }), flags.artifact);
  return settingsFrom(artifact, flags, environment);
}
