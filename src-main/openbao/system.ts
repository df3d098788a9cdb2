import type { VaultCaller } from './caller.ts';
import { mountName, policyName } from './path.ts';
import * as schemas from './schemas.ts';

/** Secret engines. */
export class Mounts {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  /** Names with a trailing slash. */
  async list(): Promise<readonly string[]> {
    return Object.keys((await this.#caller.read('sys/mounts', schemas.mountsSchema)).data);
  }

  /** Whether a KV version 2 engine is at this mount. */
  async isKv2(mount: string): Promise<boolean> {
    const found = (await this.#caller.read('sys/mounts', schemas.mountsSchema)).data[`${mount}/`];
    return found?.type === 'kv' && found.options?.['version'] === '2';
  }

  /** What kind of engine is at this mount; undefined: none. */
  async typeOf(mount: string): Promise<string | undefined> {
    return (await this.#caller.read('sys/mounts', schemas.mountsSchema)).data[`${mount}/`]?.type;
  }

  /** Takes an engine away, with everything in it. */
  async disable(mount: string): Promise<void> {
    await this.#caller.remove(`sys/mounts/${mountName(mount)}`);
  }

  async enableKv2(mount: string): Promise<void> {
    await this.#caller.write(`sys/mounts/${mountName(mount)}`, { type: 'kv', options: { version: '2' } });
  }
}

/** Ways to log in. */
export class Auth {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  /** Names with a trailing slash. */
  async list(): Promise<readonly string[]> {
    return Object.keys((await this.#caller.read('sys/auth', schemas.mountsSchema)).data);
  }

  /** What a mount sets as the longest life of what it gives out, seconds; undefined: the server's own limit holds. */
  async longestLease(mount: string): Promise<number | undefined> {
    const found = (await this.#caller.read('sys/auth', schemas.mountsSchema)).data[`${mount}/`];
    const longest = found?.config?.max_lease_ttl ?? 0;
    return longest > 0 ? longest : undefined;
  }

  async enableAppRole(): Promise<void> {
    await this.#caller.write('sys/auth/approle', { type: 'approle' });
  }

  /** Takes the way to log in away, with every role. */
  async disableAppRole(): Promise<void> {
    await this.#caller.remove('sys/auth/approle');
  }
}

/** ACL policies. */
export class Policies {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  async list(): Promise<readonly string[]> {
    return (await this.#caller.list('sys/policies/acl', schemas.keysSchema))?.data.keys ?? [];
  }

  async read(name: string): Promise<string | undefined> {
    const answer = await this.#caller.readIfPresent(
      `sys/policies/acl/${policyName(name)}`,
      schemas.policySchema,
    );
    return answer?.data.policy;
  }

  async write(name: string, policy: string): Promise<void> {
    await this.#caller.write(`sys/policies/acl/${policyName(name)}`, { policy });
  }

  async remove(name: string): Promise<void> {
    await this.#caller.remove(`sys/policies/acl/${policyName(name)}`);
  }
}

export interface AuditDevice {
  readonly name: string;
  readonly type: string;
  /** Of a `file` device. */
  readonly filePath?: string;
}

/** Audit devices; newer servers take them from their configuration only. */
export class Audit {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  async list(): Promise<readonly AuditDevice[]> {
    const { data } = await this.#caller.read('sys/audit', schemas.auditSchema);
    return Object.entries(data).map(([name, device]) => {
      const filePath = device.options?.['file_path'];
      return {
        name: name.replace(/\/$/, ''),
        type: device.type,
        ...(filePath === undefined ? {} : { filePath }),
      };
    });
  }
}
