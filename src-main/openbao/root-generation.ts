import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from './caller.ts';
import { attemptSchema, orData, type Attempt } from './recovery-answer.ts';

const startSchema = orData(z.object({ nonce: z.string().min(1), otp: z.string().min(1) }));
const updateSchema = orData(
  z.object({ complete: z.boolean().default(false), encoded_token: z.string().default('') }),
);

/** The token under its one-time pad. */
function decode(encoded: string, otp: string): string {
  const pad = Buffer.from(otp);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== pad.length) throw new ConsoleError('internal', {}, { detail: 'root token length' });
  return Buffer.from(bytes.map((byte, index) => byte ^ (pad[index] ?? 0))).toString('utf8');
}

/** A new root token by `sys/generate-root-token/*` (OpenBao since 2.5) or `sys/generate-root/*` (before, and Vault). */
export class RootGeneration {
  readonly #caller: VaultCaller;
  readonly #attempt: string;
  readonly #update: string;

  constructor(caller: VaultCaller, base: 'sys/generate-root-token' | 'sys/generate-root') {
    this.#caller = caller;
    this.#attempt = `${base}/attempt`;
    this.#update = `${base}/update`;
  }

  /** The attempt that is under way, of whomever. */
  attempt(): Promise<Attempt> {
    return this.#caller.read(this.#attempt, attemptSchema);
  }

  async cancel(): Promise<void> {
    const { started, nonce } = await this.attempt();
    if (started) await this.#caller.remove(this.#attempt, { json: { nonce } });
  }

  /**
   * Makes a root token that does not expire. The pad stays in this process.
   * @param present a quorum of the shares that hold
   * @param begun is told the nonce before any share is given
   * @throws `openbao_shares_wrong`; the attempt is given up then
   */
  async generate(present: readonly string[], begun: (nonce: string) => Promise<void>): Promise<string> {
    const { nonce, otp } = await this.#caller.ask(this.#attempt, {}, startSchema);
    await begun(nonce);
    try {
      for (const key of present) {
        const answer = await this.#caller.ask(this.#update, { key, nonce }, updateSchema);
        if (answer.complete) return decode(answer.encoded_token, otp);
      }
    } catch (error) {
      await this.cancel().catch(() => undefined);
      throw error;
    }
    await this.cancel();
    throw new ConsoleError('openbao_shares_wrong', { url: this.#caller.url });
  }
}
