import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from '../openbao/caller.ts';
import type { OpenBaoClient } from '../openbao/client.ts';
import { createOpenBao } from '../openbao/openbao.ts';
import { policyName } from '../openbao/path.ts';
import type { OpenBaoAddress } from '../openbao/transport.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { refusedRoles, type Capabilities } from './may-rotate.ts';

const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const facts = z.object({
  data: z.object({
    secret_id_accessor: z.string().min(1),
    expiration_time: z.string(),
    secret_id_num_uses: z.number().default(0),
    token_bound_cidrs: names,
  }),
});
const wrapped = z.object({ wrap_info: z.object({ token: z.string().min(1), ttl: z.number() }) });

export interface SecretIdFacts {
  readonly accessor: string;
  /** Unix milliseconds; absent: never. */
  readonly expiresAt?: number;
  /** 0: unlimited. */
  readonly usesLeft: number;
  readonly cidrs: readonly string[];
}

/** A value inside a token that opens once. */
export interface Wrapped {
  readonly token: string;
  /** Seconds. */
  readonly ttl: number;
}

export interface RegisterOptions {
  /** The operation that made it; stands in the audit log of OpenBao. */
  readonly operation: string;
  /** For example `24h`; the role's unless given. */
  readonly ttl?: string;
  readonly cidrs?: readonly string[];
  /** Logins it is good for; unlimited unless given. */
  readonly uses?: number;
}

/** secret_ids of AppRoles, by calls that may be repeated: the value is chosen here and staged before it is registered. */
export interface SecretIds {
  /** Makes this very secret_id valid. One that is registered already is no error: an answer may have been lost. */
  register(role: string, secretId: string, options: RegisterOptions): Promise<void>;
  /** Undefined: this secret_id is not, or no longer, valid. */
  find(role: string, secretId: string): Promise<SecretIdFacts | undefined>;
  /** The secret_id inside a token that opens once, in the shape that a mint would answer. @param ttl for example `30m` */
  wrap(secretId: string, found: SecretIdFacts, ttl: string): Promise<Wrapped>;
  /** Ends it; one that is gone is no error. */
  destroy(role: string, accessor: string): Promise<void>;
  /** Which of these roles this session may not rotate. */
  refusedRoles(roles: readonly string[]): Promise<readonly string[]>;
}

export interface SecretIdSession extends SecretIds {
  /** Gives the token back. */
  close(): Promise<void>;
}

const rolePath = (role: string, rest: string): string => `auth/approle/role/${policyName(role)}/${rest}`;

/** Calls of `auth/approle/role/<role>/…`: `custom-secret-id`, `secret-id/lookup`, `secret-id-accessor/destroy`. */
export class SecretIdCalls implements SecretIds {
  readonly #caller: VaultCaller;
  readonly #capabilities: Capabilities;

  constructor(caller: VaultCaller, capabilities: Capabilities) {
    this.#caller = caller;
    this.#capabilities = capabilities;
  }

  async register(role: string, secretId: string, options: RegisterOptions): Promise<void> {
    const body = {
      secret_id: secretId,
      metadata: JSON.stringify({ operation: options.operation }),
      ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
      ...(options.cidrs === undefined ? {} : { token_bound_cidrs: options.cidrs }),
      ...(options.uses === undefined ? {} : { num_uses: options.uses }),
    };
    try {
      await this.#caller.write(rolePath(role, 'custom-secret-id'), body);
    } catch (error) {
      // An answer was lost, now or before a crash: what counts is whether it is there.
      const there = await this.find(role, secretId).catch(() => undefined);
      if (there === undefined) throw error;
    }
  }

  async find(role: string, secretId: string): Promise<SecretIdFacts | undefined> {
    const path = rolePath(role, 'secret-id/lookup');
    // Nothing there is answered with 204 and no body.
    const answer = await this.#caller.ask(path, { secret_id: secretId }, z.unknown());
    const parsed = facts.safeParse(answer);
    if (!parsed.success) return undefined;
    const { secret_id_accessor: accessor, expiration_time, ...rest } = parsed.data.data;
    const expiresAt = Date.parse(expiration_time);
    return {
      accessor,
      ...(expiresAt > 0 ? { expiresAt } : {}),
      usesLeft: rest.secret_id_num_uses,
      cidrs: rest.token_bound_cidrs,
    };
  }

  async wrap(secretId: string, found: SecretIdFacts, ttl: string): Promise<Wrapped> {
    const { accessor, expiresAt, usesLeft } = found;
    const seconds = expiresAt === undefined ? 0 : Math.max(0, Math.floor((expiresAt - Date.now()) / 1000));
    const content = {
      secret_id: secretId,
      secret_id_accessor: accessor,
      secret_id_ttl: seconds,
      secret_id_num_uses: usesLeft,
    };
    const headers = { 'X-Vault-Wrap-TTL': ttl };
    return (await this.#caller.ask('sys/wrapping/wrap', content, wrapped, { headers })).wrap_info;
  }

  async destroy(role: string, accessor: string): Promise<void> {
    try {
      await this.#caller.write(rolePath(role, 'secret-id-accessor/destroy'), {
        secret_id_accessor: accessor,
      });
    } catch (error) {
      if (!isConsoleError(error, 'openbao_no_path')) throw error;
    }
  }

  refusedRoles(roles: readonly string[]): Promise<readonly string[]> {
    return refusedRoles(roles.map(policyName), this.#capabilities);
  }
}

const read = async (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** Where an AppRole credential lies. */
export interface CredentialFiles {
  readonly roleId: string;
  readonly secretId: string;
}

/** The console's own. */
export const consoleFiles = (paths: WorkspacePaths): CredentialFiles => ({
  roleId: paths.consoleRole('console', 'role_id'),
  secretId: paths.consoleRole('console', 'secret_id'),
});

/**
 * A session of its own with the AppRole of this process, the console's unless said, for as long as a rotation needs it.
 * @throws `rotation_no_console_role` when the console has no credentials of its own, and those of a login
 */
export async function openSecretIds(
  paths: WorkspacePaths,
  address: OpenBaoAddress,
  files: CredentialFiles = consoleFiles(paths),
): Promise<SecretIdSession> {
  const roleId = await read(files.roleId);
  const secretId = await read(files.secretId);
  if (roleId === undefined || secretId === undefined) throw new ConsoleError('rotation_no_console_role');
  const openbao = createOpenBao(address);
  const { token } = await openbao.login(roleId, secretId);
  const client = openbao.withToken(token);
  // A token that cannot be revoked now expires within the hour.
  return sessionOf(client, () => client.token.revokeSelf().catch(() => undefined));
}

/** The same by a session that is open already and stays open: in an installation where the console has no AppRole yet. */
export const secretIdsOf = (client: OpenBaoClient): SecretIdSession =>
  sessionOf(client, () => Promise.resolve());

function sessionOf(client: OpenBaoClient, close: () => Promise<void>): SecretIdSession {
  const calls = new SecretIdCalls(client.caller, (asked) => client.capabilities(asked));
  return {
    register: (role, value, options) => calls.register(role, value, options),
    find: (role, value) => calls.find(role, value),
    wrap: (value, found, ttl) => calls.wrap(value, found, ttl),
    destroy: (role, accessor) => calls.destroy(role, accessor),
    refusedRoles: (roles) => calls.refusedRoles(roles),
    close,
  };
}

/** Runs `work` with such a session and ends it. */
export async function withSecretIds<T>(
  open: () => Promise<SecretIdSession>,
  work: (ids: SecretIds) => Promise<T>,
): Promise<T> {
  const session = await open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
