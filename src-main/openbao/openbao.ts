import type { client as VaultClient } from 'node-vault';
import type * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { OpenBaoClient } from './client.ts';
import { openbaoError } from './errors.ts';
import { initSchema, loginSchema, sealStatusSchema } from './schemas.ts';
import { OpenBaoTransport, type OpenBaoAddress } from './transport.ts';

export { OpenBaoClient } from './client.ts';

export interface SealStatus {
  readonly initialised: boolean;
  readonly sealed: boolean;
  readonly threshold: number;
  readonly shares: number;
  /** Shares given so far in the present attempt. */
  readonly progress: number;
  readonly version: string;
  readonly storage: string;
}

export interface Login {
  readonly token: string;
  readonly policies: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  readonly renewable: boolean;
}

/** An answer in the shape that is needed. Throws `openbao_unavailable` when it is another. */
export function parseAnswer<S extends z.ZodType>(schema: S, answer: unknown, url: string): z.output<S> {
  const parsed = schema.safeParse(answer);
  if (!parsed.success)
    throw new ConsoleError('openbao_unavailable', { url, status: 200 }, { detail: 'answer' });
  return parsed.data;
}

const statusOf = (answer: z.output<typeof sealStatusSchema>): SealStatus => ({
  initialised: answer.initialized,
  sealed: answer.sealed,
  threshold: answer.t,
  shares: answer.n,
  progress: answer.progress,
  version: answer.version,
  storage: answer.storage_type,
});

/** One OpenBao (or Vault) by its address: what can be asked without a token, and clients for those that need one. */
export class OpenBao {
  readonly url: string;
  readonly #transport: OpenBaoTransport;
  readonly #plain: VaultClient;

  constructor(address: OpenBaoAddress) {
    this.#transport = new OpenBaoTransport(address);
    this.url = this.#transport.url;
    this.#plain = this.#transport.client();
  }

  async #ask<S extends z.ZodType>(schema: S, path: string, answer: Promise<unknown>): Promise<z.output<S>> {
    try {
      return parseAnswer(schema, await answer, this.url);
    } catch (error) {
      throw openbaoError(error, this.url, path);
    }
  }

  async sealStatus(): Promise<SealStatus> {
    return statusOf(
      await this.#ask(sealStatusSchema, 'sys/seal-status', this.#plain.read('sys/seal-status')),
    );
  }

  /** @returns unseal shares in hex, and the root token: to be made durable before anything else */
  async init(request: {
    readonly shares: number;
    readonly threshold: number;
  }): Promise<{ readonly keys: readonly string[]; readonly rootToken: string }> {
    const body = { secret_shares: request.shares, secret_threshold: request.threshold };
    const answer = await this.#ask(initSchema, 'sys/init', this.#plain.write('sys/init', body));
    return { keys: answer.keys, rootToken: answer.root_token };
  }

  /** Gives one share, hex or base64. Throws `openbao_bad_request` for one that OpenBao refuses. */
  async unseal(share: string): Promise<SealStatus> {
    return statusOf(
      await this.#ask(sealStatusSchema, 'sys/unseal', this.#plain.write('sys/unseal', { key: share })),
    );
  }

  async unsealReset(): Promise<SealStatus> {
    return statusOf(
      await this.#ask(sealStatusSchema, 'sys/unseal', this.#plain.write('sys/unseal', { reset: true })),
    );
  }

  /** AppRole login. Throws `openbao_bad_request` when the credentials are refused. */
  async login(roleId: string, secretId: string): Promise<Login> {
    const body = { role_id: roleId, secret_id: secretId };
    const { auth } = await this.#ask(
      loginSchema,
      'auth/approle/login',
      this.#plain.write('auth/approle/login', body),
    );
    return {
      token: auth.client_token,
      policies: auth.policies,
      ttl: auth.lease_duration,
      renewable: auth.renewable,
    };
  }

  /** @param mount KV version 2 mount, `secret` unless said */
  withToken(token: string, mount = 'secret'): OpenBaoClient {
    return new OpenBaoClient(this.#transport.client(token), this.url, mount);
  }
}
