/**
 * How many requests of this process are with one CA at a time. step-ca keeps two idle connections to its database: what comes beside
 * those opens one for each statement and closes it again, a login of PostgreSQL each, so that eight requests at once take longer than
 * the same eight two by two.
 */
export class RequestTurns {
  readonly #width: number;
  readonly #patienceMs: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param width requests at the same time
   * @param patienceMs one that takes longer waits for something else than the CA's database (a challenge that cannot be fetched, a far
   *   network) and keeps nobody any more
   */
  constructor(width = 2, patienceMs = 250) {
    this.#width = width;
    this.#patienceMs = patienceMs;
  }

  /** Sends when it is its turn. Answers and throws what `send` does. */
  async take<T>(send: () => Promise<T>): Promise<T> {
    if (this.#running < this.#width) this.#running += 1;
    else await new Promise<void>((turn) => this.#waiting.push(turn));
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    };
    const timer = setTimeout(over, this.#patienceMs);
    try {
      return await send();
    } finally {
      clearTimeout(timer);
      over();
    }
  }
}
