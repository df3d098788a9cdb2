import { randomBytes } from 'node:crypto';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { hostPolicy } from '../openbao/policies.ts';
import { toolRole } from '../openbao/roles.ts';
import type { Run, Step } from '../operations/types.ts';
import type { RotationContext } from '../rotation/context.ts';
import { logsIn } from '../rotation/credential-proof.ts';
import { findService, type Service } from '../services/entry.ts';
import { updateState } from '../workspace/state.ts';

const kvPath = (id: string): string => `bootroot/services/${id}/secret_id`;

async function gone(job: Promise<void>): Promise<void> {
  await job.catch((error: unknown) => {
    if (!isConsoleError(error, 'openbao_no_path')) throw error;
  });
}

/**
 * Ends the role with all its secret_ids, and the policy, so that tokens which somebody already has can read nothing any more; takes the
 * published secret_id and the wrapping token away. Proved by a login with the published secret_id, which is refused.
 */
export function freezeStep(context: RotationContext, service: Service): Step {
  const { services } = context;
  const { role_name: role, policy_name: policy } = service.entry.approle;
  return {
    id: 'freeze',
    title: message('hosts.step.freeze'),
    effects: [
      { kind: 'openbao', path: `auth/approle/role/${role}`, action: 'remove', what: 'approle' },
      { kind: 'openbao', path: `sys/policies/acl/${policy}`, action: 'remove', what: 'policy' },
      { kind: 'openbao', path: `${services.kvMount}/${kvPath(service.id)}`, action: 'remove', what: 'kv' },
      { kind: 'touches', who: service.identity, note: message('hosts.touches.frozen') },
    ],
    check: async (run) => (await run.stage.read('frozen')) !== undefined,
    async apply(run) {
      const client = services.client();
      const published = (await client.kv.read(kvPath(service.id)))?.data['secret_id'];
      const roleId = await run.stage.once('role-id', () =>
        client.approle.roleId(role).catch(() => service.entry.approle.role_id),
      );
      await gone(client.policies.remove(policy));
      await gone(client.approle.remove(role));
      await gone(client.kv.destroy(kvPath(service.id)));
      if (typeof published === 'string' && (await logsIn(context, roleId, published)))
        throw new ConsoleError('rotation_old_accepted', { name: service.id });
      await run.stage.write('frozen', 'yes');
      run.log(message('hosts.log.frozen', { name: service.id }), 'warn');
      run.prove({ title: message('hosts.proof.frozen', { name: service.id }), outcome: 'proved' });
    },
  };
}

/** A policy of another name: a token of before names one that is not there any more. */
const newPolicyName = async (run: Run, service: Service): Promise<string> =>
  run.stage.once('policy', () => `bootroot-service-${service.id}-${randomBytes(4).toString('hex')}`);

/** The role anew, with a new role_id, under a policy that no earlier token has. */
export function rearmStep(context: RotationContext, service: Service): Step {
  const { services } = context;
  const { role_name: role } = service.entry.approle;
  return {
    id: 'rearm',
    title: message('hosts.step.rearm'),
    effects: [
      { kind: 'openbao', path: `auth/approle/role/${role}`, action: 'create', what: 'approle' },
      {
        kind: 'openbao',
        path: `sys/policies/acl/bootroot-service-${service.id}-…`,
        action: 'create',
        what: 'policy',
      },
      { kind: 'file', path: services.paths.state, action: 'change' },
    ],
    async check(run) {
      const policy = await run.stage.read('policy');
      const entry = (await findService(service.id, services.paths)).entry;
      return policy !== undefined && entry.approle.policy_name === policy;
    },
    async apply(run) {
      const client = services.client();
      const policy = await newPolicyName(run, service);
      await client.policies.write(policy, hostPolicy(service.id, services.kvMount));
      await client.approle.write(role, toolRole(policy, service.entry.approle.secret_id_ttl ?? '24h'));
      const roleId = await client.approle.roleId(role);
      await updateState(
        services.paths.state,
        (draft) => {
          const entry = draft.services?.[service.id];
          if (entry !== undefined) entry.approle = { ...entry.approle, policy_name: policy, role_id: roleId };
        },
        { holder: 'host.freeze' },
      );
    },
  };
}
