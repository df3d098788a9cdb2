import { message } from '../../shared/message.ts';
import type { HostAdd } from '../../shared/contract/hosts.ts';
import { hostPolicy } from '../openbao/policies.ts';
import type { Step } from '../operations/types.ts';
import { accessEntry, type ServiceAccess } from '../services/add/access-steps.ts';
import { stateStep } from '../services/add/state-step.ts';
import type { ServicesContext } from '../services/context.ts';
import { entryHooks } from '../services/reload-hooks.ts';
import { newServiceEntry } from '../workspace/service-entry.ts';
import type { ServiceEntry } from '../workspace/state-schema.ts';

/** Reads its own paths, reports a finished reissue, and what became of each item. */
export function hostPolicyStep(context: ServicesContext, access: ServiceAccess): Step {
  const text = hostPolicy(access.id, context.kvMount);
  const name = access.policyName;
  return {
    id: 'policy',
    title: message('service.step.policy'),
    effects: [
      { kind: 'openbao', path: `sys/policies/acl/${name}`, action: 'create', what: 'policy', detail: text },
    ],
    check: async () => (await context.client().policies.read(name)) === text,
    apply: async () => context.client().policies.write(name, text),
    undo: async () => context.client().policies.remove(name),
  };
}

export function hostEntry(
  input: HostAdd,
  access: ServiceAccess,
  roleId: string,
  nowSeconds: number,
): ServiceEntry {
  const entry = newServiceEntry(
    {
      registrationId: access.id,
      serviceName: input.serviceName,
      deployType: input.deployType,
      ...(input.containerName === undefined ? {} : { containerName: input.containerName }),
      deliveryMode: 'remote-bootstrap',
      hostname: input.hostname,
      domain: input.domain,
      instanceId: input.instanceId,
      agentConfigPath: input.agentConfigPath,
      certPath: input.certPath,
      keyPath: input.keyPath,
      ...(input.notes === undefined ? {} : { notes: input.notes }),
      ...(input.agentEmail === undefined ? {} : { agentEmail: input.agentEmail }),
      agentServer: input.agentServer,
      agentResponderUrl: input.responderUrl,
      postRenewHooks: entryHooks(input.reload),
      ...(input.certGroupGid === undefined ? {} : { certGroupGid: input.certGroupGid }),
      approle: accessEntry(access, roleId),
    },
    nowSeconds,
  );
  return { ...entry, approle: { ...entry.approle, secret_id_wrap_ttl: input.wrapTtl } };
}

/** The entry in state.json, everything of it pending. */
export const hostStateStep = (
  context: ServicesContext,
  input: HostAdd,
  access: ServiceAccess,
): Promise<Step> =>
  stateStep(
    context,
    access,
    (roleId) => hostEntry(input, access, roleId, Math.floor(context.now() / 1000)),
    // Without the times: a plan that is read for a minute must still be the same plan.
    { ...hostEntry(input, access, '…', 0), sync_metadata: {} },
  );
