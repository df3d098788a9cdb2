import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { untilReplicated } from '../openbao/replicated.ts';
import { logIn } from '../services/add/access-steps.ts';
import type { RotationContext } from './context.ts';
import type { SecretIds } from './secret-ids.ts';
import { readCredential, type Credential } from './targets.ts';

/** Whether OpenBao takes a login; a refusal is an answer. */
export async function logsIn(context: RotationContext, roleId: string, secretId: string): Promise<boolean> {
  try {
    await logIn(context.services, roleId, secretId);
    return true;
  } catch (error) {
    if (isConsoleError(error, 'openbao_credentials_refused')) return false;
    throw error;
  }
}

/** The role_id as the reader of the credential has it. */
export async function roleIdOf(context: RotationContext, credential: Credential): Promise<string> {
  if (credential.delivery === 'file') {
    const roleId = await readCredential(credential.roleIdPath);
    if (roleId !== undefined) return roleId;
  }
  return context.services.client().approle.roleId(credential.role);
}

/** Registered uses: one more than asked for, which the proof takes. */
export const registeredUses = ({ uses }: Credential): number | undefined =>
  uses === undefined ? undefined : uses + 1;

/** A single address may be written with or without its length. */
const plainCidr = (cidr: string): string =>
  cidr.toLowerCase().replace(cidr.includes(':') ? /\/128$/ : /\/32$/, '');

/** Whether OpenBao says of a secret_id that it is bound as asked. */
async function boundAsAsked(ids: SecretIds, credential: Credential, fresh: string): Promise<boolean> {
  const found = await ids.find(credential.role, fresh);
  // A counted one that its reader has used up was bound while it lived.
  if (found === undefined) return credential.uses !== undefined;
  const asked = (credential.cidrs ?? []).map(plainCidr);
  const there = new Set(found.cidrs.map(plainCidr));
  return there.size === new Set(asked).size && asked.every((cidr) => there.has(cidr));
}

/**
 * Proves a new secret_id: it is bound as asked, and logs in, which of a counted one takes the use that was registered for
 * it. (The tools skip the login of a bound one; but addresses bind the token that a login gives, not the login.)
 * @param roleId where it is known already
 * @throws `rotation_login_refused`
 */
export async function proveNew(
  context: RotationContext,
  ids: SecretIds,
  credential: Credential,
  fresh: string,
  roleId?: string,
): Promise<void> {
  const refused = new ConsoleError('rotation_login_refused', { name: credential.id });
  if (credential.cidrs !== undefined) {
    if (!(await boundAsAsked(ids, credential, fresh))) throw refused;
  }
  if (credential.uses !== undefined) {
    const found = await ids.find(credential.role, fresh);
    // Its reader may have used it up already: then it has logged in.
    if (found === undefined || found.usesLeft <= credential.uses) return;
  }
  const role = roleId ?? (await roleIdOf(context, credential));
  if (!(await untilReplicated(() => logsIn(context, role, fresh)))) throw refused;
}
