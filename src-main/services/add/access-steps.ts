import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { message } from '../../../shared/message.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { servicePolicy } from '../../openbao/policies.ts';
import type { Step } from '../../operations/types.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import type { ServicesContext } from '../context.ts';

/** Token of an hour, renewable; secret_id of a day (formats.md, OpenBao). */
const serviceRole = (policy: string) => ({
  token_policies: [policy],
  token_ttl: '1h',
  token_max_ttl: '1h',
  secret_id_ttl: '24h',
  secret_id_num_uses: 0,
});

/** Names and paths that belong to one registration id. */
export interface ServiceAccess {
  readonly id: string;
  readonly roleName: string;
  readonly policyName: string;
  readonly roleIdPath: string;
  readonly secretIdPath: string;
}

export const accessOf = (id: string, context: ServicesContext): ServiceAccess => ({
  id,
  roleName: `bootroot-service-${id}`,
  policyName: `bootroot-service-${id}`,
  roleIdPath: context.paths.serviceSecret(id, 'role_id'),
  secretIdPath: context.paths.serviceSecret(id, 'secret_id'),
});

export function policyStep(context: ServicesContext, access: ServiceAccess): Step {
  const text = servicePolicy(access.id, context.kvMount);
  return {
    id: 'policy',
    title: message('service.step.policy'),
    effects: [
      {
        kind: 'openbao',
        path: `sys/policies/acl/${access.policyName}`,
        action: 'create',
        what: 'policy',
        detail: text,
      },
    ],
    check: async () => (await context.client().policies.read(access.policyName)) === text,
    apply: async () => context.client().policies.write(access.policyName, text),
    undo: async () => context.client().policies.remove(access.policyName),
  };
}

export function approleStep(context: ServicesContext, access: ServiceAccess): Step {
  return {
    id: 'approle',
    title: message('service.step.approle'),
    effects: [
      {
        kind: 'openbao',
        path: `auth/approle/role/${access.roleName}`,
        action: 'create',
        what: 'approle',
        detail: `token_policies=${access.policyName} token_ttl=1h secret_id_ttl=24h`,
      },
    ],
    async check() {
      const role = await context.client().approle.read(access.roleName);
      const policies = role?.['token_policies'];
      return Array.isArray(policies) && policies.includes(access.policyName);
    },
    apply: async () => context.client().approle.write(access.roleName, serviceRole(access.policyName)),
    undo: async () => context.client().approle.remove(access.roleName),
  };
}

/** Whether OpenBao accepts the role_id and secret_id on disk. A refusal is an answer, anything else throws. */
export async function credentialsWork(
  context: Pick<ServicesContext, 'openbao'>,
  files: { readonly roleIdPath: string; readonly secretIdPath: string },
): Promise<boolean> {
  const read = async (path: string): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).trim();
  const roleId = await read(files.roleIdPath);
  const secretId = await read(files.secretIdPath);
  if (roleId === '' || secretId === '') return false;
  try {
    const login = await context.openbao.login(roleId, secretId);
    await context.openbao.revoke(login.token);
    return true;
  } catch (error) {
    if (isConsoleError(error, 'openbao_credentials_refused')) return false;
    throw error;
  }
}

/** A new secret_id is proved by a login before its file counts. */
export function credentialsStep(context: ServicesContext, access: ServiceAccess): Step {
  const file = (path: string) => ({ kind: 'file', path, action: 'create', mode: '0600' }) as const;
  return {
    id: 'credentials',
    title: message('service.step.credentials'),
    effects: [file(access.roleIdPath), file(access.secretIdPath)],
    check: () => credentialsWork(context, access),
    async apply(run) {
      const client = context.client();
      const roleId = await client.approle.roleId(access.roleName);
      const { secretId } = await client.approle.secretId(access.roleName);
      const login = await context.openbao.login(roleId, secretId);
      await context.openbao.revoke(login.token);
      await ensureDirectory(dirname(access.secretIdPath), { mode: 0o700 });
      await writeFileAtomic(access.roleIdPath, roleId, { mode: 0o600 });
      await writeFileAtomic(access.secretIdPath, secretId, { mode: 0o600 });
      run.prove({ title: message('service.proof.login'), outcome: 'proved' });
    },
    async undo() {
      await removeFile(access.secretIdPath);
      await removeFile(access.roleIdPath);
    },
  };
}
