import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { message } from '../../../shared/message.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import type { Effect } from '../../../shared/contract/operations.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import {
  agentPolicy,
  breakGlassPolicy,
  consolePolicy,
  responderPolicy,
  stepcaPolicy,
} from '../../openbao/policies.ts';
import type { Step } from '../../operations/types.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import { kvMount, rootClient, type SetupContext } from './context.ts';

interface Role {
  readonly name: string;
  readonly policy: string;
  readonly text: string;
  /** Where its credentials are kept; absent: minted by whoever needs them. */
  readonly files?: { readonly roleId: string; readonly secretId: string };
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** formats.md: token of an hour, renewable; secret_id of a day. */
const daily = { token_ttl: '1h', token_max_ttl: '1h', secret_id_ttl: '24h', secret_id_num_uses: 0 } as const;
/** A lab is opened when somebody feels like it; in production a console that was closed for a week needs its operator. */
const consoleTtl = { lab: '0', production: '168h' } as const;

const files = (path: (file: 'role_id' | 'secret_id') => string): NonNullable<Role['files']> => ({
  roleId: path('role_id'),
  secretId: path('secret_id'),
});

/** The roles of formats.md, and the console's own for day-2 work. */
function rolesOf(context: SetupContext): readonly Role[] {
  const { paths, input } = context;
  return [
    { name: 'bootroot-agent-role', policy: 'bootroot-agent', text: agentPolicy(kvMount), parameters: daily },
    {
      name: 'bootroot-responder-role',
      policy: 'bootroot-responder',
      text: responderPolicy(kvMount),
      files: files((file) => paths.infraAgent('responder', file)),
      parameters: daily,
    },
    {
      name: 'bootroot-stepca-role',
      policy: 'bootroot-stepca',
      text: stepcaPolicy(kvMount),
      files: files((file) => paths.infraAgent('stepca', file)),
      parameters: daily,
    },
    {
      name: 'bootroot-console',
      policy: 'bootroot-console',
      text: consolePolicy(kvMount),
      files: files((file) => paths.consoleRole('console', file)),
      parameters: {
        token_ttl: '1h',
        token_max_ttl: '24h',
        secret_id_ttl: consoleTtl[input.kind],
        secret_id_num_uses: 0,
      },
    },
  ];
}

/** Who may call the recovery paths. Its secret_id does not expire: it is for the day when nothing else is left (C33). */
function breakGlassRole(context: SetupContext): Role {
  return {
    name: 'bootroot-break-glass',
    policy: 'bootroot-break-glass',
    text: breakGlassPolicy(),
    files: files((file) => context.paths.consoleRole('break-glass', file)),
    parameters: { token_ttl: '15m', token_max_ttl: '1h', secret_id_ttl: '0', secret_id_num_uses: 0 },
  };
}

const policyEffects = (roles: readonly Role[]): Effect[] =>
  roles.map(({ policy, text }) => ({
    kind: 'openbao',
    path: `sys/policies/acl/${policy}`,
    action: 'create',
    what: 'policy',
    detail: text,
  }));

const roleEffects = (roles: readonly Role[]): Effect[] =>
  roles.flatMap((role): Effect[] => [
    {
      kind: 'openbao',
      path: `auth/approle/role/${role.name}`,
      action: 'create',
      what: 'approle',
      detail: Object.entries({ token_policies: role.policy, ...role.parameters })
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    },
    ...Object.values(role.files ?? {}).map((path): Effect => ({
      kind: 'file',
      path,
      action: 'create',
      mode: '0600',
    })),
  ]);

async function rolesWork(context: SetupContext, roles: readonly Role[]): Promise<boolean> {
  for (const role of roles) {
    if (role.files === undefined) continue;
    try {
      const roleId = await readFile(role.files.roleId, 'utf8');
      const secretId = await readFile(role.files.secretId, 'utf8');
      const login = await context.openbao.login(roleId.trim(), secretId.trim());
      if (!login.policies.includes(role.policy)) return false;
      await context.openbao.revoke(login.token);
    } catch (error) {
      if (
        (error as NodeJS.ErrnoException).code === 'ENOENT' ||
        isConsoleError(error, 'openbao_credentials_refused')
      )
        return false;
      throw error;
    }
  }
  return true;
}

async function makeRoles(
  context: SetupContext,
  roles: readonly Role[],
  root: Awaited<ReturnType<typeof rootClient>>,
): Promise<void> {
  for (const role of roles) {
    await root.policies.write(role.policy, role.text);
    await root.approle.write(role.name, { token_policies: [role.policy], ...role.parameters });
    if (role.files === undefined) continue;
    const roleId = await root.approle.roleId(role.name);
    const { secretId } = await root.approle.secretId(role.name);
    await ensureDirectory(dirname(role.files.secretId), { mode: 0o700 });
    await writeFileAtomic(role.files.roleId, roleId, { mode: 0o600 });
    await writeFileAtomic(role.files.secretId, secretId, { mode: 0o600 });
  }
}

async function removeFiles(roles: readonly Role[]): Promise<void> {
  for (const role of roles) for (const path of Object.values(role.files ?? {})) await removeFile(path);
}

/** Policies and AppRoles of formats.md, each credential proved by a login. */
export function rolesStep(context: SetupContext): Step {
  const roles = rolesOf(context);
  return {
    id: 'approles',
    title: message('setup.step.approles'),
    effects: [...policyEffects(roles), ...roleEffects(roles)],
    check: async (run) => {
      const root = await rootClient(context, run);
      for (const role of roles) if ((await root.approle.read(role.name)) === undefined) return false;
      return rolesWork(context, roles);
    },
    apply: async (run) => makeRoles(context, roles, await rootClient(context, run)),
    undo: () => removeFiles(roles),
  };
}

/** OpenBao as the break-glass role; ends with its token revoked. */
export async function asBreakGlass<T>(
  context: Pick<SetupContext, 'openbao' | 'paths'>,
  action: (client: OpenBaoClient) => Promise<T>,
): Promise<T> {
  const roleId = await readFile(context.paths.consoleRole('break-glass', 'role_id'), 'utf8');
  const secretId = await readFile(context.paths.consoleRole('break-glass', 'secret_id'), 'utf8');
  const login = await context.openbao.login(roleId.trim(), secretId.trim());
  const client = context.openbao.withToken(login.token);
  try {
    return await action(client);
  } finally {
    await client.token.revokeSelf();
  }
}

/** Begins both recoveries with the break-glass credentials and gives them up again. */
async function breakGlassWorks(context: SetupContext): Promise<boolean> {
  const { proved } = await asBreakGlass(context, (client) => client.recovery.prove(context.input.openbao));
  return proved;
}

/** Made and proved before the root token goes: afterwards nobody could make it. */
export function breakGlassStep(context: SetupContext): Step {
  const roles = [breakGlassRole(context)];
  return {
    id: 'break-glass',
    title: message('setup.step.break_glass'),
    effects: [...policyEffects(roles), ...roleEffects(roles)],
    check: () => rolesWork(context, roles),
    async apply(run) {
      await makeRoles(context, roles, await rootClient(context, run));
      run.prove({
        title: message('setup.proof.break_glass'),
        outcome: (await breakGlassWorks(context)) ? 'proved' : 'not_proved',
      });
    },
    undo: () => removeFiles(roles),
  };
}
