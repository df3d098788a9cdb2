import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from './caller.ts';
import { keysSchema } from './schemas.ts';

const accessorSchema = z.object({
  data: z.object({
    accessor: z.string(),
    policies: z
      .array(z.string())
      .nullish()
      .transform((list) => list ?? []),
    path: z.string().default(''),
    /** Unix seconds. */
    creation_time: z.number(),
    meta: z.record(z.string(), z.string()).nullish(),
  }),
});

/** A token that is known by its accessor only. */
export interface ForeignToken {
  readonly accessor: string;
  /** How it was made, for example `auth/token/root`. */
  readonly path: string;
  /** Unix seconds by the server's clock. */
  readonly createdAt: number;
  readonly meta: Readonly<Record<string, string>>;
}

/** Tokens by their accessors; needs `sudo`, which in practice is a root token. */
export class TokenAccessors {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  async #lookup(accessor: string) {
    try {
      return await this.#caller.ask('auth/token/lookup-accessor', { accessor }, accessorSchema);
    } catch (error) {
      // Ended since it was listed.
      const gone = [
        'openbao_forbidden',
        'openbao_no_path',
        'openbao_no_route',
        'openbao_bad_request',
      ] as const;
      if (gone.some((code) => isConsoleError(error, code))) return undefined;
      throw error;
    }
  }

  /** Every live token with the root policy. One request per token of the server. */
  async roots(): Promise<ForeignToken[]> {
    const { data } = (await this.#caller.list('auth/token/accessors', keysSchema)) ?? { data: { keys: [] } };
    const found: ForeignToken[] = [];
    for (const accessor of data.keys) {
      const token = await this.#lookup(accessor);
      if (token?.data.policies.includes('root') !== true) continue;
      const { path, creation_time: createdAt, meta } = token.data;
      found.push({ accessor, path, createdAt, meta: meta ?? {} });
    }
    return found;
  }

  /** Ends a token and what it made. One that has ended already is no error. */
  async revoke(accessor: string): Promise<void> {
    if ((await this.#lookup(accessor)) === undefined) return;
    await this.#caller.write('auth/token/revoke-accessor', { accessor });
  }
}
