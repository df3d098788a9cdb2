import type { Stage } from './errors.ts';

/** One answer of a CA, or that none came (status 0). */
export interface AcmeAnswer {
  readonly stage: Stage;
  readonly status: number;
  readonly ms: number;
}

type Listener = (answer: AcmeAnswer) => void;

/** Tells whoever measures of every answer that a CA gives this process; nobody listens unless something is watched. */
class AcmeMeter {
  readonly #listeners = new Set<Listener>();

  /** @returns ends it */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  saw(answer: AcmeAnswer): void {
    for (const listener of this.#listeners) listener(answer);
  }
}

export const acmeMeter = new AcmeMeter();
