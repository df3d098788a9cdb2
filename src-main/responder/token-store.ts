/** Tokens for which the responder has an answer, each until its time is up. Bounded: no flood of tokens can eat the memory. */
export class TokenStore {
  readonly #tokens = new Map<string, { keyAuthorization: string; expiresAt: number; signature: string }>();
  readonly #limit: number;
  readonly #now: () => number;

  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /**
   * Keeps an answer for `ttlSecs`. A request that is sent again word for word (same signature) changes nothing, so a recorded
   * request cannot keep a token alive.
   * @returns false when the store is full
   */
  set(token: string, keyAuthorization: string, ttlSecs: number, signature: string): boolean {
    const held = this.#tokens.get(token);
    if (held?.signature === signature && held.expiresAt > this.#now()) return true;
    if (held === undefined && this.#tokens.size >= this.#limit) {
      this.cleanup();
      if (this.#tokens.size >= this.#limit) return false;
    }
    this.#tokens.set(token, { keyAuthorization, expiresAt: this.#now() + ttlSecs * 1000, signature });
    return true;
  }

  get(token: string): string | undefined {
    const held = this.#tokens.get(token);
    return held !== undefined && held.expiresAt > this.#now() ? held.keyAuthorization : undefined;
  }

  remove(token: string): void {
    this.#tokens.delete(token);
  }

  /** Drops what has expired. @returns how many were dropped */
  cleanup(): number {
    const before = this.#tokens.size;
    for (const [token, held] of this.#tokens) if (held.expiresAt <= this.#now()) this.#tokens.delete(token);
    return before - this.#tokens.size;
  }

  get size(): number {
    return this.#tokens.size;
  }
}
