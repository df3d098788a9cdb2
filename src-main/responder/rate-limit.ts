/** So many requests in each window, counted for all callers together as the original does. */
export class RateLimit {
  #windowStart = -Infinity;
  #count = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one request. @returns false when the window's share is used up */
  take(requests: number, windowSecs: number): boolean {
    const now = this.#now();
    if (now - this.#windowStart >= windowSecs * 1000) {
      this.#windowStart = now;
      this.#count = 0;
    }
    if (this.#count >= requests) return false;
    this.#count += 1;
    return true;
  }
}
