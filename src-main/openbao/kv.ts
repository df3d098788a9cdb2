import type { VaultCaller } from './caller.ts';
import * as schemas from './schemas.ts';

/** One version of one KV path. */
export interface KvSecret {
  readonly data: Readonly<Record<string, unknown>>;
  /** Counts from 1; the generation number that agents compare. */
  readonly version: number;
  /** ISO 8601. */
  readonly createdAt?: string;
}

export interface KvMetadata {
  /** 0: made, but never written. The `cas` of the next write, also after the last version was deleted. */
  readonly currentVersion: number;
  readonly oldestVersion: number;
  /** ISO 8601. */
  readonly updatedAt?: string;
  readonly versions: readonly {
    readonly version: number;
    readonly createdAt: string;
    readonly deleted: boolean;
    readonly destroyed: boolean;
  }[];
}

/** A KV version 2 mount. Paths are without mount, `data/` or `metadata/`. */
export class Kv {
  readonly #caller: VaultCaller;
  readonly #mount: string;

  constructor(caller: VaultCaller, mount: string) {
    this.#caller = caller;
    this.#mount = mount;
  }

  /** The newest version; undefined when there is none or it was deleted. */
  async read(path: string): Promise<KvSecret | undefined> {
    const answer = await this.#caller.readIfPresent(`${this.#mount}/data/${path}`, schemas.kvSchema);
    const data = answer?.data.data;
    if (answer === undefined || data === null || data === undefined) return undefined;
    const { version, created_time: createdAt } = answer.data.metadata;
    return { data, version, ...(createdAt === undefined ? {} : { createdAt }) };
  }

  /**
   * Writes a new version.
   * @param options `cas`: the version that must be the present one; 0: there must be none. Throws `openbao_conflict`
   */
  async write(
    path: string,
    data: object,
    options: { readonly cas?: number } = {},
  ): Promise<{ readonly version: number }> {
    const body = options.cas === undefined ? { data } : { data, options: { cas: options.cas } };
    return (await this.#caller.ask(`${this.#mount}/data/${path}`, body, schemas.kvWrittenSchema)).data;
  }

  /** Names directly below a path (`''`: of the mount); those of deeper ones end in a slash. */
  async list(path: string): Promise<readonly string[]> {
    const below = path === '' ? '' : `/${path}`;
    return (await this.#caller.list(`${this.#mount}/metadata${below}`, schemas.keysSchema))?.data.keys ?? [];
  }

  async metadata(path: string): Promise<KvMetadata | undefined> {
    const answer = await this.#caller.readIfPresent(
      `${this.#mount}/metadata/${path}`,
      schemas.kvMetadataSchema,
    );
    if (answer === undefined) return undefined;
    const { current_version, oldest_version, updated_time, versions } = answer.data;
    return {
      currentVersion: current_version,
      oldestVersion: oldest_version,
      ...(updated_time === undefined ? {} : { updatedAt: updated_time }),
      versions: Object.entries(versions ?? {})
        .map(([version, one]) => ({
          version: Number(version),
          createdAt: one.created_time,
          deleted: one.deletion_time !== '',
          destroyed: one.destroyed,
        }))
        .sort((a, b) => a.version - b.version),
    };
  }

  /** Removes every version and the metadata: version numbers start at 1 again. */
  destroy(path: string): Promise<void> {
    return this.#caller.remove(`${this.#mount}/metadata/${path}`);
  }
}
