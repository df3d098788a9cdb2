import * as z from 'zod';
import { isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OpenBao, OpenBaoClient } from '../../openbao/openbao.ts';
import { loginAfterWrite } from '../../openbao/replicated.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import type { Found, Mend } from '../found.ts';
import type { Declared } from './declared.ts';

type Role = Readonly<Record<string, unknown>>;

const beforeSchema = z.object({
  parameters: z.record(z.string(), z.unknown()),
  roleId: z.string().optional(),
});

/** What opens a role to others than declared: other policies, or a login by its role_id alone. */
const guarded = (policy: string) => ({ token_policies: [policy], bind_secret_id: true });

function bears(role: Role | undefined, policy: string): boolean {
  const policies = role?.['token_policies'];
  const own = Array.isArray(policies) && policies.length === 1 && policies[0] === policy;
  return own && role?.['bind_secret_id'] !== false;
}

/** Text of the parameters of a role that the console sets, in their order. */
function roleText(role: Role | undefined, roleId: string | undefined): string {
  const names = [
    'token_policies',
    'bind_secret_id',
    'token_ttl',
    'token_max_ttl',
    'token_period',
    'secret_id_ttl',
    'secret_id_num_uses',
  ];
  const lines = names.map((name) => `${name} = ${JSON.stringify(role?.[name] ?? null)}\n`);
  return [...lines, ...(roleId === undefined ? [] : [`role_id = ${roleId}\n`])].join('');
}

/** The role_id that OpenBao has; undefined: there is none, or this session may not ask. */
async function runningRoleId(client: OpenBaoClient, role: string): Promise<string | undefined> {
  try {
    return await client.approle.roleId(role);
  } catch (error) {
    if (isConsoleError(error, 'openbao_no_path') || isConsoleError(error, 'openbao_forbidden'))
      return undefined;
    throw error;
  }
}

/** Puts the role back as its holder knows it: nobody has to be given anything new. */
async function restore(
  openbao: OpenBao,
  client: OpenBaoClient,
  declared: Declared,
  wasThere: boolean,
): Promise<void> {
  const { role, policy, parameters } = declared;
  await client.approle.write(role, wasThere ? guarded(policy) : { ...parameters, ...guarded(policy) });
  const { roleId, secretId } = await declared.credentials();
  if (roleId === undefined) return;
  if ((await runningRoleId(client, role)) !== roleId) await client.approle.setRoleId(role, roleId);
  // One that does not work at a role that was there has expired or was ended: it is not brought back to life.
  if (secretId === undefined || wasThere) return;
  if ((await client.approle.lookupSecretId(role, secretId)) === undefined)
    await client.approle.takeSecretId(role, secretId);
  const { token } = await loginAfterWrite(openbao, roleId, secretId);
  await openbao.withToken(token).token.revokeSelf();
}

function roleMend(
  openbao: OpenBao,
  client: OpenBaoClient,
  declared: Declared,
  seen: Role | undefined,
  diff: string,
): Mend {
  const { role, policy } = declared;
  const path = `auth/approle/role/${role}`;
  const agrees = async (): Promise<boolean> => {
    if (!bears(await client.approle.read(role), policy)) return false;
    const { roleId } = await declared.credentials();
    return roleId === undefined || [roleId, undefined].includes(await runningRoleId(client, role));
  };
  return {
    title: message('drift.step.role', { name: role }),
    effects: [
      {
        kind: 'openbao',
        path,
        action: seen === undefined ? 'create' : 'change',
        what: 'approle',
        ...(diff === '' ? {} : { detail: diff }),
      },
    ],
    rights: [path],
    check: agrees,
    apply: (before) => restore(openbao, client, declared, before !== undefined),
    async before() {
      const parameters = await client.approle.read(role);
      if (parameters === undefined) return undefined;
      const roleId = await runningRoleId(client, role);
      const { token_policies, bind_secret_id } = parameters;
      return JSON.stringify({ parameters: { token_policies, bind_secret_id }, roleId });
    },
    async undo(before) {
      if (before === undefined) return client.approle.remove(role);
      const { parameters, roleId } = beforeSchema.parse(JSON.parse(before));
      await client.approle.write(role, parameters);
      if (roleId !== undefined) await client.approle.setRoleId(role, roleId);
    },
  };
}

/** A role: its policies, that a secret_id is asked for, and that it is known by the role_id that its holder has. */
export async function roleItem(openbao: OpenBao, client: OpenBaoClient, declared: Declared): Promise<Found> {
  const { role, policy, parameters, remote } = declared;
  const base = { id: `role:${role}`, area: 'openbao', what: `role ${role}` } as const;
  const running = await client.approle.read(role);
  const { roleId } = await declared.credentials();
  const served =
    running === undefined || roleId === undefined ? undefined : await runningRoleId(client, role);
  const wanted =
    running === undefined ? { ...parameters, ...guarded(policy) } : { ...running, ...guarded(policy) };
  const from = running === undefined ? undefined : roleText(running, served);
  const to = roleText(wanted, served === undefined && running !== undefined ? undefined : roleId);
  const diff = unifiedDiff(from, to, { path: role });
  const mend = roleMend(openbao, client, declared, running, diff);
  const known = served === undefined || served === roleId;
  if (bears(running, policy) && known) return { ...base, state: 'agrees', mend };
  return {
    ...base,
    state: running === undefined ? 'missing' : 'differs',
    diff,
    mend,
    ...(running === undefined && remote === true ? { detail: message('drift.detail.role_remote') } : {}),
    ...(known ? {} : { detail: message('drift.detail.role_id') }),
  };
}
