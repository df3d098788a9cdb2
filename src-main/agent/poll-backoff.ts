interface Entry {
  readonly failures: number;
  readonly notBefore: number;
}

const longestMs = 3_600_000;

export interface PollBackoffDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
}

/** Pauses of one version after its failures: twice as long each time, with jitter, to an hour at most or one interval. */
export class PollBackoff {
  readonly #deps: PollBackoffDeps;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: PollBackoffDeps) {
    this.#deps = deps;
  }

  ready(key: string): boolean {
    return this.#deps.now() >= (this.#entries.get(key)?.notBefore ?? 0);
  }

  /** @returns the pause, milliseconds */
  failed(key: string, intervalMs: number): number {
    const failures = (this.#entries.get(key)?.failures ?? 0) + 1;
    const most = Math.max(longestMs, intervalMs);
    const wait = Math.min(most, intervalMs * 2 ** Math.min(failures, 16)) * (0.5 + this.#deps.random() / 2);
    this.#entries.set(key, { failures, notBefore: this.#deps.now() + wait });
    return wait;
  }

  succeeded(key: string): void {
    this.#entries.delete(key);
  }
}
