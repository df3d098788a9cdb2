import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ServiceAdd } from '../../../shared/contract/services.ts';
import { message } from '../../../shared/message.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { servicePolicy } from '../../openbao/policies.ts';
import type { SecretIdOptions } from '../../openbao/approle.ts';
import { loginAfterWrite } from '../../openbao/replicated.ts';
import { toolRole } from '../../openbao/roles.ts';
import type { Step } from '../../operations/types.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import type { ServicesContext } from '../context.ts';

/** Names and paths that belong to one registration id. */
export interface ServiceAccess {
  readonly id: string;
  readonly roleName: string;
  readonly policyName: string;
  readonly roleIdPath: string;
  readonly secretIdPath: string;
  /** How each secret_id is bound beside what the role says. */
  readonly bounds: Pick<SecretIdOptions, 'ttl' | 'token_bound_cidrs'>;
}

/** What an operator may say of the credential of a service. */
export type AccessWishes = Pick<ServiceAdd, 'secretIdPath' | 'secretIdTtl' | 'boundCidrs'>;

export function accessOf(
  id: string,
  context: Pick<ServicesContext, 'paths'>,
  { secretIdPath, secretIdTtl, boundCidrs }: AccessWishes = {},
): ServiceAccess {
  const path =
    secretIdPath === undefined
      ? context.paths.serviceSecret(id, 'secret_id')
      : context.paths.resolve(secretIdPath);
  return {
    id,
    roleName: `bootroot-service-${id}`,
    policyName: `bootroot-service-${id}`,
    // The tools move both together.
    roleIdPath: join(dirname(path), 'role_id'),
    secretIdPath: path,
    bounds: {
      ...(secretIdTtl === undefined ? {} : { ttl: secretIdTtl }),
      ...(boundCidrs === undefined ? {} : { token_bound_cidrs: boundCidrs }),
    },
  };
}

/** What of it stands in state.json, for the rotations that follow. */
export const accessEntry = (
  { roleName, policyName, secretIdPath, bounds }: ServiceAccess,
  roleId: string,
) => ({
  roleName,
  roleId,
  secretIdPath,
  policyName,
  ...(bounds.ttl === undefined ? {} : { secretIdTtl: bounds.ttl }),
  ...(bounds.token_bound_cidrs === undefined ? {} : { tokenBoundCidrs: bounds.token_bound_cidrs }),
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
    apply: async () => context.client().approle.write(access.roleName, toolRole(access.policyName)),
    undo: async () => context.client().approle.remove(access.roleName),
  };
}

/**
 * Logs in and gives the token back.
 * @param login how: {@link loginAfterWrite} right after the credential was made
 * @throws `openbao_credentials_refused`
 */
export async function logIn(
  { openbao }: Pick<ServicesContext, 'openbao'>,
  roleId: string,
  secretId: string,
  login: typeof loginAfterWrite = (bao, ...ids) => bao.login(...ids),
): Promise<void> {
  const { token } = await login(openbao, roleId, secretId);
  await openbao.revoke(token).catch((error: unknown) => {
    // A token bound to other addresses may not even be given back from here; it ends within the hour.
    if (!isConsoleError(error, 'openbao_forbidden')) throw error;
  });
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
    await logIn(context, roleId, secretId);
    return true;
  } catch (error) {
    if (isConsoleError(error, 'openbao_credentials_refused')) return false;
    throw error;
  }
}

/** A new secret_id is proved by a login before its file counts. */
export function credentialsStep(context: ServicesContext, access: ServiceAccess): Step {
  const file = (path: string) => ({ kind: 'file', path, action: 'create', mode: '0600' }) as const;
  const { ttl, token_bound_cidrs: cidrs } = access.bounds;
  const bound = [
    ...(ttl === undefined ? [] : [`ttl ${ttl}`]),
    ...(cidrs === undefined ? [] : [`token_bound_cidrs ${cidrs.join(', ')}`]),
  ].join('; ');
  return {
    id: 'credentials',
    title: message('service.step.credentials'),
    effects: [
      ...(bound === ''
        ? []
        : [
            {
              kind: 'openbao' as const,
              path: `auth/approle/role/${access.roleName}/secret-id`,
              action: 'create' as const,
              what: 'approle' as const,
              detail: bound,
            },
          ]),
      file(access.roleIdPath),
      file(access.secretIdPath),
    ],
    check: () => credentialsWork(context, access),
    async apply(run) {
      const client = context.client();
      const roleId = await client.approle.roleId(access.roleName);
      const { secretId } = await client.approle.secretId(access.roleName, access.bounds);
      await logIn(context, roleId, secretId, loginAfterWrite);
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
