import type * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from './caller.ts';
import { policyName } from './path.ts';
import * as schemas from './schemas.ts';

export interface SecretId {
  readonly secretId: string;
  readonly accessor: string;
  /** Seconds; 0 never expires. */
  readonly ttl: number;
}

/** A secret_id inside a token that can be opened once. */
export interface WrappedSecretId {
  readonly wrapToken: string;
  /** Accessor of the secret_id inside. */
  readonly accessor: string;
  /** Seconds. */
  readonly ttl: number;
}

export interface SecretIdOptions {
  /** For example `24h`; the role's unless given. */
  readonly ttl?: string;
  /** 0: unlimited. */
  readonly num_uses?: number;
  /** Bound to the token that a login gives. */
  readonly token_bound_cidrs?: readonly string[];
  readonly cidr_list?: readonly string[];
  /** A JSON object as text. */
  readonly metadata?: string;
}

export interface AccessorInfo {
  /** ISO 8601. */
  readonly createdAt: string;
  /** Unix milliseconds; absent: never. */
  readonly expiresAt?: number;
  /** 0: unlimited. */
  readonly usesLeft: number;
  readonly cidrs: readonly string[];
}

function infoOf(data: z.output<typeof schemas.accessorSchema>['data']): AccessorInfo {
  const expiresAt = Date.parse(data.expiration_time);
  return {
    createdAt: data.creation_time,
    ...(expiresAt > 0 ? { expiresAt } : {}),
    usesLeft: data.secret_id_num_uses,
    cidrs: [...new Set([...data.cidr_list, ...data.token_bound_cidrs])],
  };
}

/** AppRole at `auth/approle/`. */
export class AppRole {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  #role(role: string, ...rest: string[]): string {
    return ['auth/approle/role', policyName(role), ...rest].join('/');
  }

  async list(): Promise<readonly string[]> {
    return (await this.#caller.list('auth/approle/role', schemas.keysSchema))?.data.keys ?? [];
  }

  async read(role: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.#caller.readIfPresent(this.#role(role), schemas.roleSchema))?.data;
  }

  async write(role: string, parameters: object): Promise<void> {
    await this.#caller.write(this.#role(role), parameters);
  }

  async remove(role: string): Promise<void> {
    await this.#caller.remove(this.#role(role));
  }

  async roleId(role: string): Promise<string> {
    return (await this.#caller.read(this.#role(role, 'role-id'), schemas.roleIdSchema)).data.role_id;
  }

  /** Makes the role known by this role_id: whoever has the former one no longer logs in. */
  async setRoleId(role: string, roleId: string): Promise<void> {
    await this.#caller.write(this.#role(role, 'role-id'), { role_id: roleId });
  }

  /** Makes a secret_id that somebody holds already valid for the role. */
  async takeSecretId(role: string, secretId: string): Promise<void> {
    await this.#caller.write(this.#role(role, 'custom-secret-id'), { secret_id: secretId });
  }

  /** A new secret_id. Those there are stay valid. */
  async secretId(role: string, options: SecretIdOptions = {}): Promise<SecretId> {
    const { data } = await this.#caller.ask(this.#role(role, 'secret-id'), options, schemas.secretIdSchema);
    return { secretId: data.secret_id, accessor: data.secret_id_accessor, ttl: data.secret_id_ttl };
  }

  /** A new secret_id that only the first opener of the wrapping token sees. @param wrapTtl for example `30m` */
  async wrappedSecretId(
    role: string,
    wrapTtl: string,
    options: SecretIdOptions = {},
  ): Promise<WrappedSecretId> {
    const headers = { 'X-Vault-Wrap-TTL': wrapTtl };
    const path = this.#role(role, 'secret-id');
    const { wrap_info: info } = await this.#caller.ask(path, options, schemas.wrappedSchema, { headers });
    return { wrapToken: info.token, accessor: info.wrapped_accessor, ttl: info.ttl };
  }

  /** What is known of this very secret_id; undefined once it expired or was destroyed. No login, so no use of it is spent. */
  async lookupSecretId(role: string, secretId: string): Promise<AccessorInfo | undefined> {
    // Nothing there is answered with 204 and no body.
    const path = this.#role(role, 'secret-id', 'lookup');
    const answer = await this.#caller.ask(
      path,
      { secret_id: secretId },
      schemas.accessorSchema.optional().catch(undefined),
    );
    return answer === undefined ? undefined : infoOf(answer.data);
  }

  /** What is known of a secret_id without knowing it; undefined once it expired or was destroyed. */
  async lookupAccessor(role: string, accessor: string): Promise<AccessorInfo | undefined> {
    try {
      const { data } = await this.#caller.ask(
        this.#role(role, 'secret-id-accessor', 'lookup'),
        { secret_id_accessor: accessor },
        schemas.accessorSchema,
      );
      return infoOf(data);
    } catch (error) {
      if (isConsoleError(error, 'openbao_no_path')) return undefined;
      throw error;
    }
  }

  /** Ends a secret_id; one that is gone already is no error. */
  async destroyAccessor(role: string, accessor: string): Promise<void> {
    try {
      await this.#caller.write(this.#role(role, 'secret-id-accessor', 'destroy'), {
        secret_id_accessor: accessor,
      });
    } catch (error) {
      if (!isConsoleError(error, 'openbao_no_path')) throw error;
    }
  }
}
