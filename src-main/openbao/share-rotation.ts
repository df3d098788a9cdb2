import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from './caller.ts';

/** OpenBao answers some of these paths with and some without the `data` around. */
const unwrapped = (answer: unknown): unknown =>
  typeof answer === 'object' &&
  answer !== null &&
  'data' in answer &&
  typeof answer.data === 'object' &&
  answer.data !== null
    ? answer.data
    : answer;
const orData = <S extends z.ZodType>(schema: S) => z.preprocess(unwrapped, schema);

const startSchema = orData(z.object({ started: z.boolean(), nonce: z.string().default('') }));
const updateSchema = orData(
  z.object({
    complete: z.boolean().default(false),
    keys: z.array(z.string()).nullish(),
    verification_nonce: z.string().default(''),
  }),
);
const verifySchema = orData(z.object({ complete: z.boolean().default(false) }));

/** New shares that do not hold yet: they take effect when a quorum of them is given back. */
export interface ProposedShares {
  /** Hex. */
  readonly keys: readonly string[];
  readonly verificationNonce: string;
}

const init = 'sys/rotate/root/init';

/**
 * New unseal shares by `sys/rotate/root/*` (OpenBao since 2.5), always with verification: until a quorum of the new shares
 * has been given back the old ones hold, so an answer that is lost on its way locks nobody out.
 */
export class ShareRotation {
  readonly #caller: VaultCaller;

  constructor(caller: VaultCaller) {
    this.#caller = caller;
  }

  /** Whether an attempt is under way, of whomever. */
  async underWay(): Promise<boolean> {
    return (await this.#caller.read(init, startSchema)).started;
  }

  /** Gives an attempt up; the shares that hold stay as they are. */
  async cancel(): Promise<void> {
    const { started, nonce } = await this.#caller.read(init, startSchema);
    if (started) await this.#caller.remove(init, { json: { nonce } });
  }

  /** Starts an attempt and authorises it with a quorum of the present shares. Throws `openbao_bad_request` when they are wrong. */
  async propose(
    wanted: { readonly shares: number; readonly threshold: number },
    present: readonly string[],
  ): Promise<ProposedShares> {
    const { nonce } = await this.#caller.ask(
      init,
      { secret_shares: wanted.shares, secret_threshold: wanted.threshold, require_verification: true },
      startSchema,
    );
    for (const key of present) {
      const answer = await this.#caller.ask('sys/rotate/root/update', { key, nonce }, updateSchema);
      if (answer.complete && answer.keys !== null && answer.keys !== undefined)
        return { keys: answer.keys, verificationNonce: answer.verification_nonce };
    }
    await this.cancel();
    return { keys: [], verificationNonce: '' };
  }

  /** Gives a quorum of the proposed shares back: from then on they hold and the old ones do not. */
  async verify(keys: readonly string[], nonce: string): Promise<boolean> {
    for (const key of keys) {
      const { complete } = await this.#caller.ask('sys/rotate/root/verify', { key, nonce }, verifySchema);
      if (complete) return true;
    }
    return false;
  }

  /** Whether these shares hold now: an attempt is authorised with them and given up. Changes nothing. */
  async hold(
    keys: readonly string[],
    wanted: { readonly shares: number; readonly threshold: number },
  ): Promise<boolean> {
    await this.cancel();
    try {
      return (await this.propose(wanted, keys)).keys.length > 0;
    } catch (error) {
      const wrong = ['openbao_bad_request', 'openbao_shares_wrong', 'openbao_share_malformed'] as const;
      if (wrong.some((code) => isConsoleError(error, code))) return false;
      throw error;
    } finally {
      await this.cancel();
    }
  }
}
