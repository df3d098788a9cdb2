import { message } from '../../shared/message.ts';
import type { HostAdd } from '../../shared/contract/hosts.ts';
import { hostPolicy } from '../openbao/policies.ts';
import type { Step } from '../operations/types.ts';
import type { ServiceAccess } from '../services/add/access-steps.ts';
import type { ServicesContext } from '../services/context.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import { newServiceEntry } from '../workspace/service-entry.ts';
import { editState, readStateIfPresent, renderState, updateState } from '../workspace/state.ts';
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
      approle: {
        roleName: access.roleName,
        roleId,
        secretIdPath: access.secretIdPath,
        policyName: access.policyName,
      },
    },
    nowSeconds,
  );
  return { ...entry, approle: { ...entry.approle, secret_id_wrap_ttl: input.wrapTtl } };
}

/** The entry in state.json, everything of it pending; under the state's lock. */
export async function hostStateStep(
  context: ServicesContext,
  input: HostAdd,
  access: ServiceAccess,
): Promise<Step> {
  const path = context.paths.state;
  const seconds = (): number => Math.floor(context.now() / 1000);
  const state = await readStateIfPresent(path);
  const before = state === undefined ? '' : renderState(state);
  const after =
    state === undefined
      ? ''
      : editState(before, path, (draft) => {
          // Without the times: a plan that is read for a minute must still be the same plan.
          const entry = { ...hostEntry(input, access, '…', 0), sync_metadata: {} };
          draft.services = { ...draft.services, [access.id]: entry };
        });
  return {
    id: 'state',
    title: message('service.step.state'),
    effects: [
      { kind: 'file', path, action: 'change', diff: unifiedDiff(before, after, { path, secrets: [] }) },
    ],
    check: async () => (await readStateIfPresent(path))?.services?.[access.id] !== undefined,
    async apply() {
      const roleId = await context.client().approle.roleId(access.roleName);
      await updateState(path, (draft) => {
        draft.services = { ...draft.services, [access.id]: hostEntry(input, access, roleId, seconds()) };
      });
    },
    async undo() {
      await updateState(path, (draft) => {
        delete draft.services?.[access.id];
      });
    },
  };
}
