import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { schedulerPolicy, schedulerRoleName, type SchedulerGrants } from '../../openbao/policies.ts';
import { loginAfterWrite } from '../../openbao/replicated.ts';
import { schedulerRole } from '../../openbao/roles.ts';
import type { Step } from '../../operations/types.ts';
import { credentialsWork } from '../../services/add/access-steps.ts';
import type { ServicesContext } from '../../services/context.ts';
import { schedulerFiles } from './files.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';

const name = schedulerRoleName;
/** A service that nobody has: no schedule grants it. */
const foreignPath = 'bootroot/services/0-no-service-has-this-name-0/secret_id';

/** Exactly what the schedules renew. */
export function grantStep(context: ServicesContext, grants: SchedulerGrants): Step {
  const text = schedulerPolicy(context.kvMount, grants);
  return {
    id: 'policy',
    title: message('schedule.step.policy', { roles: grants.roles.length, paths: grants.kv.length }),
    effects: [
      { kind: 'openbao', path: `sys/policies/acl/${name}`, action: 'change', what: 'policy', detail: text },
    ],
    check: async () => (await context.client().policies.read(name)) === text,
    apply: async () => context.client().policies.write(name, text),
  };
}

/** The role that holds this policy and no other. */
export function roleStep(context: ServicesContext): Step {
  const parameters = schedulerRole(name);
  return {
    id: 'approle',
    title: message('schedule.step.role'),
    effects: [
      {
        kind: 'openbao',
        path: `auth/approle/role/${name}`,
        action: 'create',
        what: 'approle',
        detail: Object.entries(parameters)
          .map(([key, value]) => `${key}=${String(value)}`)
          .join(' '),
      },
    ],
    async check() {
      const policies = (await context.client().approle.read(name))?.['token_policies'];
      return Array.isArray(policies) && policies.length === 1 && policies[0] === name;
    },
    apply: async () => context.client().approle.write(name, parameters),
  };
}

/** role_id and secret_id in 0600 files; those that work stay. */
export function filesStep(context: ServicesContext): Step {
  const files = schedulerFiles(context.paths);
  const file = (path: string) => ({ kind: 'file', path, action: 'create', mode: '0600' }) as const;
  return {
    id: 'credential',
    title: message('schedule.step.files'),
    effects: [file(files.roleIdPath), file(files.secretIdPath)],
    check: () => credentialsWork(context, files),
    async apply() {
      const client = context.client();
      const roleId = await client.approle.roleId(name);
      const { secretId } = await client.approle.secretId(name);
      await ensureDirectory(dirname(files.secretIdPath), { mode: 0o700 });
      await writeFileAtomic(files.roleIdPath, roleId, { mode: 0o600 });
      await writeFileAtomic(files.secretIdPath, secretId, { mode: 0o600 });
    },
    async undo() {
      await removeFile(files.secretIdPath);
      await removeFile(files.roleIdPath);
    },
  };
}

/** What is on disk logs in, holds this policy, and is refused elsewhere: it can do no more than the schedules. */
export function proofStep(context: ServicesContext): Step {
  return {
    id: 'proof',
    title: message('schedule.step.proof'),
    effects: [{ kind: 'touches', who: name, note: message('schedule.note.proof') }],
    check: async () => false,
    async apply(run) {
      const files = schedulerFiles(context.paths);
      const read = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();
      const [roleId, secretId] = [await read(files.roleIdPath), await read(files.secretIdPath)];
      const login = await loginAfterWrite(context.openbao, roleId, secretId);
      const client = context.openbao.withToken(login.token, context.kvMount);
      const refused = async (action: () => Promise<unknown>): Promise<boolean> =>
        action().then(
          () => false,
          (error: unknown) => isConsoleError(error, 'openbao_forbidden'),
        );
      try {
        const narrow = login.policies.every((policy) => policy === name || policy === 'default');
        const kept =
          (await refused(() => client.kv.read(foreignPath))) &&
          (await refused(() => client.policies.read(name)));
        if (!narrow || !kept) throw new ConsoleError('schedule_credential_wide', { name });
      } finally {
        await client.token.revokeSelf().catch(() => undefined);
      }
      run.prove({ title: message('schedule.proof.login'), outcome: 'proved' });
      run.prove({ title: message('schedule.proof.refused', { path: foreignPath }), outcome: 'proved' });
    },
  };
}
