import type * as z from 'zod';
import type { VaultCaller } from './caller.ts';
import * as schemas from './schemas.ts';

export interface TokenInfo {
  readonly policies: readonly string[];
  /** Seconds; 0 for one that does not expire. */
  readonly ttl: number;
  readonly renewable: boolean;
  /** How it was made, for example `auth/approle/login`. */
  readonly path: string;
  readonly accessor: string;
}

export interface Login {
  readonly token: string;
  readonly accessor: string;
  readonly policies: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  readonly renewable: boolean;
}

export function loginOf({ auth }: z.output<typeof schemas.loginSchema>): Login {
  return {
    token: auth.client_token,
    accessor: auth.accessor,
    policies: auth.policies,
    ttl: auth.lease_duration,
    renewable: auth.renewable,
  };
}

/** The token itself. */
export class Token {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  /** Throws `openbao_forbidden` for a token that OpenBao does not know. */
  async lookupSelf(): Promise<TokenInfo> {
    return (await this.#caller.read('auth/token/lookup-self', schemas.tokenSchema)).data;
  }

  async renewSelf(): Promise<{ readonly ttl: number; readonly renewable: boolean }> {
    const { auth } = await this.#caller.ask('auth/token/renew-self', {}, schemas.loginSchema);
    return { ttl: auth.lease_duration, renewable: auth.renewable };
  }

  /** @param options.timeoutMs where somebody waits who would rather let the token expire */
  revokeSelf(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return this.#caller.write('auth/token/revoke-self', {}, options);
  }

  /** A new token, a child of this one unless `no_parent`. @param options as of `auth/token/create` */
  async create(
    options: {
      readonly policies?: readonly string[];
      readonly ttl?: string;
      readonly period?: string;
      readonly no_parent?: boolean;
      readonly renewable?: boolean;
      readonly explicit_max_ttl?: string;
      readonly meta?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Login> {
    return loginOf(await this.#caller.ask('auth/token/create', options, schemas.loginSchema));
  }
}
