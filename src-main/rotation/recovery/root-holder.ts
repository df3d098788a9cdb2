import { ConsoleError } from '../../../shared/errors.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';

/** How long a root token waits for somebody to look at it, milliseconds. */
export const waitsMs = 10 * 60_000;

export interface HeldToken {
  readonly operationId: string;
  readonly token: string;
  readonly accessor: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly client: OpenBaoClient;
}

export interface RootStatus {
  readonly operationId: string;
  readonly accessor: string;
  readonly expiresAt: number;
  readonly state: 'waiting' | 'shown';
}

/**
 * A new root token between its making and its showing: in memory only, shown once, ended when nobody comes for it. After it
 * was shown it is kept for one thing, to be revoked at a word.
 */
export class RootHolder {
  readonly #now: () => number;
  #held: HeldToken | undefined;
  #shown = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  #current(): HeldToken | undefined {
    if (this.#held !== undefined && this.#held.expiresAt <= this.#now()) this.#forget();
    return this.#held;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#held = undefined;
    this.#shown = false;
  }

  /** One that was held before is ended. */
  async put(held: HeldToken): Promise<void> {
    await this.revoke().catch(() => undefined);
    this.#held = held;
    this.#timer = setTimeout(() => void this.revoke().catch(() => undefined), waitsMs);
    this.#timer.unref();
  }

  of(operationId: string): HeldToken | undefined {
    const held = this.#current();
    return held?.operationId === operationId ? held : undefined;
  }

  status(): RootStatus | undefined {
    const held = this.#current();
    if (held === undefined) return undefined;
    const { operationId, accessor, expiresAt } = held;
    return { operationId, accessor, expiresAt, state: this.#shown ? 'shown' : 'waiting' };
  }

  /** The token, once. Throws `recovery_no_token`. */
  take(): string {
    const held = this.#current();
    if (held === undefined || this.#shown) throw new ConsoleError('recovery_no_token');
    this.#shown = true;
    clearTimeout(this.#timer);
    return held.token;
  }

  /** Ends the token, shown or not. No token is no error. */
  async revoke(): Promise<void> {
    const held = this.#current();
    if (held === undefined) return;
    await held.client.token.revokeSelf();
    this.#forget();
  }

  /** Whoever did not look while the console was open will not get it any more. */
  async close(): Promise<void> {
    if (!this.#shown) await this.revoke();
    this.#forget();
  }
}
