import { dirname } from 'node:path';
import type { ServiceAdd } from '../../../shared/contract/services.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { editAgentConfig, removeAgentProfile, type AgentSettings } from '../../workspace/agent-config.ts';
import { ensureDirectory, removeFile, replaceFileAtomic } from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { newServiceEntry } from '../../workspace/service-entry.ts';
import type { ServiceEntry } from '../../workspace/state-schema.ts';
import { readAgentText } from '../agent-profile.ts';
import type { ServicesContext } from '../context.ts';
import { serviceOf, type Service } from '../entry.ts';
import { entryHooks, reloadHooks } from '../reload-hooks.ts';
import { publishedTrust } from '../trust.ts';
import { accessEntry, type ServiceAccess } from './access-steps.ts';
import { responderSecret } from './secrets-step.ts';

export const idOf = (input: ServiceAdd): string => input.registrationId ?? input.serviceName;

/** The service as its entry will say, before there is one. */
export const plannedService = (input: ServiceAdd, access: ServiceAccess, context: ServicesContext): Service =>
  serviceOf(access.id, entryOf(input, access, '', context.now()), context.paths);

/** The service's entry in state.json. @param now Unix milliseconds */
export const entryOf = (
  input: ServiceAdd,
  access: ServiceAccess,
  roleId: string,
  now: number,
): ServiceEntry =>
  newServiceEntry(
    {
      registrationId: access.id,
      serviceName: input.serviceName,
      deployType: input.deployType,
      ...(input.containerName === undefined ? {} : { containerName: input.containerName }),
      deliveryMode: 'local-file',
      hostname: input.hostname,
      domain: input.domain,
      instanceId: input.instanceId,
      agentConfigPath: input.agentConfigPath,
      certPath: input.certPath,
      keyPath: input.keyPath,
      ...(input.notes === undefined ? {} : { notes: input.notes }),
      postRenewHooks: entryHooks(input.reload),
      ...(input.agentEmail === undefined ? {} : { agentEmail: input.agentEmail }),
      ...(input.agentServer === undefined ? {} : { agentServer: input.agentServer }),
      ...(input.responderUrl === undefined ? {} : { agentResponderUrl: input.responderUrl }),
      ...(input.certGroupGid === undefined ? {} : { certGroupGid: input.certGroupGid }),
      approle: accessEntry(access, roleId),
    },
    Math.floor(now / 1000),
  );

/** What the agent needs to know beside its profile. The responder secret is in the file because the agent reads it there. */
async function settingsOf(
  context: ServicesContext,
  input: ServiceAdd,
  service: Service,
): Promise<AgentSettings> {
  const client = context.client();
  const { pins } = await publishedTrust(client);
  const { directoryUrl, responderAdminUrl } = await context.endpoints();
  return {
    top: {
      ...(input.agentEmail === undefined ? {} : { email: input.agentEmail }),
      server: input.agentServer ?? directoryUrl,
      domain: input.domain,
    },
    acme: {
      http_responder_url: input.responderUrl ?? responderAdminUrl,
      http_responder_hmac: await responderSecret(client),
    },
    trust: { ca_bundle_path: service.bundle, trusted_ca_sha256: pins },
    openbao: {
      url: context.openbao.url,
      kv_mount: context.kvMount,
      role_id_path: service.roleIdPath,
      secret_id_path: service.secretIdPath,
      state_path: context.paths.agentState(service.id),
      ...(context.openbao.url.startsWith('https:') ? { ca_bundle_path: service.bundle } : {}),
    },
  };
}

async function agentText(
  context: ServicesContext,
  input: ServiceAdd,
  service: Service,
): Promise<{ before: string; after: string; secret: string }> {
  const before = await readAgentText(service.agentConfig);
  const settings = await settingsOf(context, input, service);
  const hooks = reloadHooks(input.reload);
  const after = editAgentConfig(
    before,
    {
      profile: {
        registrationId: service.id,
        serviceName: input.serviceName,
        instanceId: input.instanceId,
        hostname: input.hostname,
        certPath: service.cert,
        keyPath: service.key,
        ...(input.certGroupGid === undefined ? {} : { certGroupGid: input.certGroupGid }),
        ...(input.servedAt === undefined ? {} : { servedAt: input.servedAt }),
        ...(hooks.length === 0 ? {} : { postRenew: { success: hooks } }),
      },
      settings,
    },
    service.agentConfig,
  );
  return { before, after, secret: settings.acme?.http_responder_hmac ?? '' };
}

/** The service's block in its agent.toml, and the keys that both generations of the agent need around it. */
export async function agentStep(
  context: ServicesContext,
  input: ServiceAdd,
  service: Service,
): Promise<Step> {
  // While OpenBao cannot be asked the plan cannot start either; it then shows the file without its content.
  const preview = await agentText(context, input, service).catch(() => undefined);
  const path = service.agentConfig;
  return {
    id: 'agent',
    title: message('service.step.agent'),
    effects: [
      {
        kind: 'file',
        path,
        action: preview?.before === '' || preview === undefined ? 'create' : 'change',
        mode: '0600',
        ...(preview === undefined
          ? {}
          : { diff: unifiedDiff(preview.before, preview.after, { path, secrets: [preview.secret] }) }),
      },
    ],
    async check() {
      const { before, after } = await agentText(context, input, service);
      return before === after && before !== '';
    },
    async apply() {
      const { after } = await agentText(context, input, service);
      await ensureDirectory(dirname(path), { mode: 0o700 });
      await replaceFileAtomic(path, after, { mode: 0o600 });
    },
    async undo() {
      const text = await readAgentText(path);
      const without = removeAgentProfile(text, service.id, path);
      // A file that the operation made itself has no other profile in it and goes; one that was there keeps the rest.
      if (preview?.before === '' || without.trim() === '') await removeFile(path);
      else if (without !== text) await replaceFileAtomic(path, without, { mode: 0o600 });
    },
  };
}
