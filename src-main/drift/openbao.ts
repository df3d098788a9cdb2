import { errorMessages } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import {
  agentPolicy,
  breakGlassPolicy,
  breakGlassRoleName,
  consolePolicy,
  consoleRoleName,
  hostPolicy,
  responderPolicy,
  roleNames,
  samePolicy,
  servicePolicy,
  stepcaPolicy,
} from '../openbao/policies.ts';
import { toolRole } from '../openbao/roles.ts';
import { toErrorData } from '../operations/error-data.ts';
import { isRemote } from '../rotation/targets.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Service } from '../services/entry.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import type { State } from '../workspace/state-schema.ts';
import type { Found, Mend } from './found.ts';

interface Declared {
  readonly policy: string;
  readonly text: string;
  readonly role: string;
  /** The console itself may write it. */
  readonly ours: boolean;
}

function declaredOf(state: State | undefined, services: readonly Service[], mount: string): Declared[] {
  const policies = state?.policies;
  const roles = state?.approles;
  return [
    {
      policy: policies?.bootroot_agent ?? 'bootroot-agent',
      text: agentPolicy(mount),
      role: roles?.bootroot_agent ?? roleNames.bootroot_agent,
      ours: false,
    },
    {
      policy: policies?.responder ?? 'bootroot-responder',
      text: responderPolicy(mount),
      role: roles?.responder ?? roleNames.responder,
      ours: false,
    },
    {
      policy: policies?.stepca ?? 'bootroot-stepca',
      text: stepcaPolicy(mount),
      role: roles?.stepca ?? roleNames.stepca,
      ours: false,
    },
    { policy: consoleRoleName, text: consolePolicy(mount), role: consoleRoleName, ours: false },
    { policy: breakGlassRoleName, text: breakGlassPolicy(), role: breakGlassRoleName, ours: false },
    ...services.map(({ id, entry }, index): Declared => {
      const remote = isRemote(services[index] as Service);
      return {
        policy: entry.approle.policy_name,
        text: remote ? hostPolicy(id, mount) : servicePolicy(id, mount),
        role: entry.approle.role_name,
        ours: entry.approle.policy_name.startsWith('bootroot-service-'),
      };
    }),
  ];
}

const policyMend = (client: OpenBaoClient, { policy, text }: Declared): Mend => ({
  title: message('drift.step.policy', { name: policy }),
  effect: {
    kind: 'openbao',
    path: `sys/policies/acl/${policy}`,
    action: 'change',
    what: 'policy',
    detail: text,
  },
  check: async () => samePolicy(await client.policies.read(policy), text),
  apply: () => client.policies.write(policy, text),
  before: () => client.policies.read(policy),
  undo: (before) =>
    before === undefined ? client.policies.remove(policy) : client.policies.write(policy, before),
});

/** Text of the parameters of a role that the console sets, in their order. */
function roleText(role: Readonly<Record<string, unknown>> | undefined): string {
  const names = ['token_policies', 'token_ttl', 'token_max_ttl', 'secret_id_ttl', 'secret_id_num_uses'];
  return names.map((name) => `${name} = ${JSON.stringify(role?.[name] ?? null)}\n`).join('');
}

const roleMend = (client: OpenBaoClient, { role, policy }: Declared): Mend => ({
  title: message('drift.step.role', { name: role }),
  effect: { kind: 'openbao', path: `auth/approle/role/${role}`, action: 'change', what: 'approle' },
  check: async () => bears(await client.approle.read(role), policy),
  apply: () => client.approle.write(role, toolRole(policy)),
  async before() {
    const found = await client.approle.read(role);
    return found === undefined ? undefined : JSON.stringify(found);
  },
  undo: (before) =>
    before === undefined
      ? client.approle.remove(role)
      : client.approle.write(role, {
          token_policies: (JSON.parse(before) as Record<string, unknown>)['token_policies'],
        }),
});

/** Whether a role gives exactly its own policy. */
function bears(role: Readonly<Record<string, unknown>> | undefined, policy: string): boolean {
  const policies = role?.['token_policies'];
  return Array.isArray(policies) && policies.length === 1 && policies[0] === policy;
}

async function policyItem(client: OpenBaoClient, declared: Declared): Promise<Found> {
  const { policy, text, ours } = declared;
  const base = { id: `policy:${policy}`, area: 'openbao', what: `policy ${policy}` } as const;
  const running = await client.policies.read(policy);
  const mend = ours ? { mend: policyMend(client, declared) } : {};
  if (samePolicy(running, text)) return { ...base, state: 'agrees', ...mend };
  const diff = unifiedDiff(running, text, { path: policy });
  return { ...base, state: running === undefined ? 'missing' : 'differs', diff, ...mend };
}

async function roleItem(client: OpenBaoClient, declared: Declared): Promise<Found | undefined> {
  const { role, policy, ours } = declared;
  const base = { id: `role:${role}`, area: 'openbao', what: `role ${role}` } as const;
  // Of other roles the console may read the role_id only.
  if (!ours) return undefined;
  const running = await client.approle.read(role);
  const mend = roleMend(client, declared);
  if (bears(running, policy)) return { ...base, state: 'agrees', mend };
  const diff = unifiedDiff(
    running === undefined ? undefined : roleText(running),
    roleText({ ...running, token_policies: [policy] }),
    { path: role },
  );
  return {
    ...base,
    state: running === undefined ? 'missing' : 'differs',
    diff,
    mend,
  };
}

/** What could not be asked is unknown, with its reason, and never a difference. */
async function asked(
  base: Pick<Found, 'id' | 'area' | 'what'>,
  job: () => Promise<Found | undefined>,
): Promise<Found[]> {
  try {
    const found = await job();
    return found === undefined ? [] : [found];
  } catch (error) {
    return [{ ...base, state: 'unknown', detail: errorMessages(toErrorData(error)).what }];
  }
}

/** Mount, ways to log in, policies and roles against what the installation declares. */
export async function openbaoDrift(
  context: ServicesContext,
  state: State | undefined,
  services: readonly Service[],
): Promise<Found[]> {
  const area = 'openbao' as const;
  let client: OpenBaoClient;
  try {
    client = context.client();
  } catch (error) {
    const detail = errorMessages(toErrorData(error)).what;
    return [{ id: 'openbao', area, what: 'OpenBao', state: 'unknown', detail }];
  }
  const mount = context.kvMount;
  const jobs = [
    asked({ id: 'mount', area, what: mount }, async () => ({
      id: 'mount',
      area,
      what: `KV v2 ${mount}/`,
      state: (await client.mounts.isKv2(mount)) ? 'agrees' : 'missing',
    })),
    asked({ id: 'auth', area, what: 'approle/' }, async () => ({
      id: 'auth',
      area,
      what: 'auth approle/',
      state: (await client.auth.list()).includes('approle/') ? 'agrees' : 'missing',
    })),
    ...declaredOf(state, services, mount).flatMap((declared) => [
      asked({ id: `policy:${declared.policy}`, area, what: `policy ${declared.policy}` }, () =>
        policyItem(client, declared),
      ),
      asked({ id: `role:${declared.role}`, area, what: `role ${declared.role}` }, () =>
        roleItem(client, declared),
      ),
    ]),
  ];
  return (await Promise.all(jobs)).flat();
}
