import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from './caller.ts';
import { attemptSchema, orData, type Attempt } from './recovery-answer.ts';

const updateSchema = orData(
  z.object({
    complete: z.boolean().default(false),
    keys: z.array(z.string()).nullish(),
  }),
);
const verifySchema = orData(z.object({ complete: z.boolean().default(false) }));

/** New shares that do not hold yet: they take effect when a quorum of them is given back. */
export interface ProposedShares {
  /** Hex. */
  readonly keys: readonly string[];
  /** Of the attempt that made them. */
  readonly nonce: string;
}

export interface ShareCount {
  readonly shares: number;
  readonly threshold: number;
}

/**
 * New unseal shares by `sys/rotate/root/*` (OpenBao since 2.5) or `sys/rekey/*` (before, and Vault), always with verification:
 * until a quorum of the new shares has been given back the old ones hold, so an answer that is lost locks nobody out.
 */
export class ShareRotation {
  readonly #caller: VaultCaller;
  readonly #init: string;
  readonly #update: string;
  readonly #verify: string;

  constructor(caller: VaultCaller, base: 'sys/rotate/root' | 'sys/rekey') {
    this.#caller = caller;
    this.#init = `${base}/init`;
    this.#update = `${base}/update`;
    this.#verify = `${base}/verify`;
  }

  /** The attempt that is under way, of whomever. */
  attempt(): Promise<Attempt> {
    return this.#caller.read(this.#init, attemptSchema);
  }

  /** Gives an attempt up; the shares that hold stay as they are. */
  async cancel(): Promise<void> {
    const { started, nonce } = await this.attempt();
    if (started) await this.#caller.remove(this.#init, { json: { nonce } });
  }

  /**
   * Starts an attempt and authorises it with a quorum of the present shares.
   * @param begun is told the nonce before any share is given
   * @returns no keys when the shares were too few; the attempt is given up then
   * @throws `openbao_shares_wrong`, `openbao_share_repeated`, `openbao_share_malformed`
   */
  async propose(
    wanted: ShareCount,
    present: readonly string[],
    begun: (nonce: string) => Promise<void> = async () => undefined,
  ): Promise<ProposedShares> {
    const { nonce } = await this.#caller.ask(
      this.#init,
      { secret_shares: wanted.shares, secret_threshold: wanted.threshold, require_verification: true },
      attemptSchema,
    );
    await begun(nonce);
    for (const key of present) {
      const answer = await this.#caller.ask(this.#update, { key, nonce }, updateSchema);
      if (answer.complete && answer.keys !== null && answer.keys !== undefined)
        return { keys: answer.keys, nonce };
    }
    await this.cancel();
    return { keys: [], nonce };
  }

  /**
   * The nonce by which shares are given back, with none given. OpenBao makes another one when it refuses shares, and refuses one
   * that it was given before an answer was lost.
   */
  async #freshVerification(): Promise<string> {
    const { nonce, progress } = await this.#caller.read(this.#verify, attemptSchema);
    if (progress === 0) return nonce;
    await this.#caller.remove(this.#verify);
    return (await this.#caller.read(this.#verify, attemptSchema)).nonce;
  }

  /** Gives a quorum of the proposed shares back, from the first on: then they hold and the old ones do not. */
  async verify(keys: readonly string[]): Promise<boolean> {
    const nonce = await this.#freshVerification();
    for (const key of keys) {
      const { complete } = await this.#caller.ask(this.#verify, { key, nonce }, verifySchema);
      if (complete) return true;
    }
    return false;
  }

  /**
   * Whether these shares hold now: an attempt is authorised with them and given up. Changes nothing; one that is under way is
   * refused by OpenBao and stays.
   * @param begun is told the nonce before any share is given
   */
  async hold(
    keys: readonly string[],
    wanted: ShareCount,
    begun: (nonce: string) => Promise<void> = async () => undefined,
  ): Promise<boolean> {
    let nonce: string | undefined;
    try {
      const proposed = await this.propose(wanted, keys, async (own) => {
        nonce = own;
        await begun(own);
      });
      return proposed.keys.length > 0;
    } catch (error) {
      const wrong = ['openbao_shares_wrong', 'openbao_share_repeated', 'openbao_share_malformed'] as const;
      if (wrong.some((code) => isConsoleError(error, code))) return false;
      throw error;
    } finally {
      if (nonce !== undefined) await this.cancel();
    }
  }
}
