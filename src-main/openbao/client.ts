import type { client as VaultClient } from 'node-vault';
import type * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { openbaoError } from './errors.ts';
import * as schemas from './schemas.ts';

/** One version of one KV path. */
export interface KvSecret {
  readonly data: Readonly<Record<string, unknown>>;
  readonly version: number;
  /** ISO 8601. */
  readonly createdAt?: string;
}

/** Each segment is encoded by itself; the slashes between them stay. */
const encode = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** OpenBao with a token. Every answer is checked; every failure is a ConsoleError that names the path. */
export class OpenBaoClient {
  readonly #vault: VaultClient;
  readonly #url: string;
  readonly #mount: string;

  constructor(vault: VaultClient, url: string, mount: string) {
    this.#vault = vault;
    this.#url = url;
    this.#mount = mount;
  }

  async #do(path: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      throw openbaoError(error, this.#url, path);
    }
  }

  #parse<S extends z.ZodType>(schema: S, answer: unknown): z.output<S> {
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new ConsoleError('openbao_unavailable', { url: this.#url, status: 200 }, { detail: 'answer' });
  }

  async read<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    return this.#parse(schema, await this.#do(path, this.#vault.read(encode(path))));
  }

  async readIfPresent<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | undefined> {
    try {
      return await this.read(path, schema);
    } catch (error) {
      if (isConsoleError(error, 'openbao_no_path')) return undefined;
      throw error;
    }
  }

  async write(
    path: string,
    data: object,
    options?: { readonly headers: Record<string, string> },
  ): Promise<unknown> {
    return this.#do(path, this.#vault.write(encode(path), data, options));
  }

  async remove(path: string): Promise<void> {
    await this.#do(path, this.#vault.delete(encode(path)));
  }

  readonly kv = {
    read: async (path: string): Promise<KvSecret | undefined> => {
      const answer = await this.readIfPresent(`${this.#mount}/data/${path}`, schemas.kvSchema);
      const data = answer?.data.data;
      if (answer === undefined || data === null || data === undefined) return undefined;
      const { version, created_time: createdAt } = answer.data.metadata;
      return { data, version, ...(createdAt === undefined ? {} : { createdAt }) };
    },
    /** @param options `cas`: the version that must be the present one; 0: there must be none */
    write: async (path: string, data: object, options: { readonly cas?: number } = {}): Promise<void> => {
      const body = options.cas === undefined ? { data } : { data, options: { cas: options.cas } };
      await this.write(`${this.#mount}/data/${path}`, body);
    },
    list: async (path: string): Promise<readonly string[]> => {
      const full = `${this.#mount}/metadata/${path}`;
      try {
        return this.#parse(schemas.keysSchema, await this.#do(full, this.#vault.list(encode(full)))).data
          .keys;
      } catch (error) {
        if (isConsoleError(error, 'openbao_no_path')) return [];
        throw error;
      }
    },
    /** Removes every version and the metadata. */
    destroy: (path: string): Promise<void> => this.remove(`${this.#mount}/metadata/${path}`),
  };

  readonly mounts = {
    list: async (): Promise<readonly string[]> =>
      Object.keys((await this.read('sys/mounts', schemas.mountsSchema)).data),
    enableKv2: async (mount: string): Promise<void> => {
      await this.write(`sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } });
    },
  };

  readonly auth = {
    list: async (): Promise<readonly string[]> =>
      Object.keys((await this.read('sys/auth', schemas.mountsSchema)).data),
    enableAppRole: async (): Promise<void> => {
      await this.write('sys/auth/approle', { type: 'approle' });
    },
  };

  readonly policies = {
    read: async (name: string): Promise<string | undefined> =>
      (await this.readIfPresent(`sys/policies/acl/${name}`, schemas.policySchema))?.data.policy,
    write: async (name: string, policy: string): Promise<void> => {
      await this.write(`sys/policies/acl/${name}`, { policy });
    },
    remove: (name: string): Promise<void> => this.remove(`sys/policies/acl/${name}`),
  };

  readonly approle = {
    read: async (role: string): Promise<Readonly<Record<string, unknown>> | undefined> =>
      (await this.readIfPresent(`auth/approle/role/${role}`, schemas.roleSchema))?.data,
    write: async (role: string, parameters: object): Promise<void> => {
      await this.write(`auth/approle/role/${role}`, parameters);
    },
    remove: (role: string): Promise<void> => this.remove(`auth/approle/role/${role}`),
    roleId: async (role: string): Promise<string> =>
      (await this.read(`auth/approle/role/${role}/role-id`, schemas.roleIdSchema)).data.role_id,
    /** A new secret_id. `ttl` in seconds, 0 never expires. */
    secretId: async (
      role: string,
      parameters: object = {},
    ): Promise<{ secretId: string; accessor: string; ttl: number }> => {
      const answer = await this.write(`auth/approle/role/${role}/secret-id`, parameters);
      const { data } = this.#parse(schemas.secretIdSchema, answer);
      return { secretId: data.secret_id, accessor: data.secret_id_accessor, ttl: data.secret_id_ttl };
    },
    destroyAccessor: async (role: string, accessor: string): Promise<void> => {
      await this.write(`auth/approle/role/${role}/secret-id-accessor/destroy`, {
        secret_id_accessor: accessor,
      });
    },
  };

  readonly token = {
    lookupSelf: async (): Promise<{ policies: readonly string[]; ttl: number; renewable: boolean }> =>
      (await this.read('auth/token/lookup-self', schemas.tokenSchema)).data,
    renewSelf: async (): Promise<{ ttl: number; renewable: boolean }> => {
      const { auth } = this.#parse(schemas.loginSchema, await this.write('auth/token/renew-self', {}));
      return { ttl: auth.lease_duration, renewable: auth.renewable };
    },
    revokeSelf: async (): Promise<void> => {
      await this.write('auth/token/revoke-self', {});
    },
  };

  /** What this token may do at each path, for example `['create', 'update']`. */
  async capabilities(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const answer = await this.write('sys/capabilities-self', { paths });
    const { data } = this.#parse(schemas.capabilitiesSchema, answer);
    return new Map(
      paths.map((path) => {
        const granted = data[path];
        return [path, Array.isArray(granted) ? granted.map(String) : []];
      }),
    );
  }
}
