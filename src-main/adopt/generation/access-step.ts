import * as z from 'zod';
import { message } from '../../../shared/message.ts';
import {
  hostPolicy,
  infraRotatePolicy,
  policyNames,
  roleNames,
  rotatePolicy,
  serviceAddPolicy,
  servicePolicy,
} from '../../openbao/policies.ts';
import { toolRole } from '../../openbao/roles.ts';
import type { Step } from '../../operations/types.ts';
import { isRemote } from '../../rotation/targets.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import { unifiedDiff } from '../../workspace/diff.ts';

interface Wanted {
  readonly policy: string;
  readonly text: string;
  /** A role that must be there with this policy; services have theirs. */
  readonly role?: string;
}

/** Policies of the newer generation: services write their `reissue`, and three roles do what only root did before. */
export const wantedAccess = (services: readonly Service[], mount: string): readonly Wanted[] => [
  ...services.map((service) => ({
    policy: service.entry.approle.policy_name,
    text: isRemote(service) ? hostPolicy(service.id, mount) : servicePolicy(service.id, mount),
  })),
  {
    policy: policyNames.runtime_service_add,
    text: serviceAddPolicy(mount),
    role: roleNames.runtime_service_add,
  },
  { policy: policyNames.runtime_rotate, text: rotatePolicy(mount), role: roleNames.runtime_rotate },
  { policy: policyNames.infra_rotate, text: infraRotatePolicy(), role: roleNames.infra_rotate },
];

const beforeSchema = z.object({
  policies: z.record(z.string(), z.string().nullable()),
  roles: z.array(z.string()),
});

/** Writes policies and roles that differ; what was there is staged first. */
export async function accessStep(context: ServicesContext, services: readonly Service[]): Promise<Step> {
  const wanted = wantedAccess(services, context.kvMount);
  const client = () => context.client();
  const shown = await Promise.all(
    wanted.map(async ({ policy, text }) => {
      const now = await client()
        .policies.read(policy)
        .catch(() => undefined);
      return { policy, now, diff: unifiedDiff(now ?? '', text, { path: policy }) };
    }),
  ).catch(() => []);
  return {
    id: 'access',
    title: message('adopt.generation.step.access'),
    effects: [
      ...shown
        .filter(({ diff }) => diff !== '')
        .map(({ policy, now, diff }) => ({
          kind: 'openbao' as const,
          path: `sys/policies/acl/${policy}`,
          action: now === undefined ? ('create' as const) : ('change' as const),
          what: 'policy' as const,
          detail: diff,
        })),
      ...wanted.flatMap(({ role }) =>
        role === undefined
          ? []
          : [
              {
                kind: 'openbao' as const,
                path: `auth/approle/role/${role}`,
                action: 'create' as const,
                what: 'approle' as const,
              },
            ],
      ),
    ],
    async check() {
      for (const { policy, text, role } of wanted) {
        if ((await client().policies.read(policy)) !== text) return false;
        if (role !== undefined && (await client().approle.read(role)) === undefined) return false;
      }
      return true;
    },
    async apply(run) {
      await run.stage.once('access-before', async () => {
        const policies: Record<string, string | null> = {};
        const roles: string[] = [];
        for (const { policy, role } of wanted) {
          policies[policy] = (await client().policies.read(policy)) ?? null;
          if (role !== undefined && (await client().approle.read(role)) !== undefined) roles.push(role);
        }
        return JSON.stringify({ policies, roles });
      });
      for (const [index, { policy, text, role }] of wanted.entries()) {
        if ((await client().policies.read(policy)) !== text) await client().policies.write(policy, text);
        if (role !== undefined && (await client().approle.read(role)) === undefined)
          await client().approle.write(role, toolRole(policy));
        run.progress((index + 1) / wanted.length);
      }
    },
    async undo(run) {
      const text = await run.stage.read('access-before');
      if (text === undefined) return;
      const { policies, roles } = beforeSchema.parse(JSON.parse(text));
      for (const { role } of wanted)
        if (role !== undefined && !roles.includes(role)) await client().approle.remove(role);
      for (const [policy, before] of Object.entries(policies)) {
        if (before === null) await client().policies.remove(policy);
        else await client().policies.write(policy, before);
      }
    },
  };
}
