import type { AcmePort, IssuedCertificate, IssueRequest } from './port.ts';

/**
 * Several accounts at one CA, each with at most one order at a time. step-ca loses concurrent writes on one account and answers 500
 * (105 of 600 orders at concurrency 8), so this is the only way to order in parallel.
 */
export class AcmeWorkers {
  readonly #open: (index: number) => AcmePort;
  readonly #idle: AcmePort[] = [];
  readonly #waiting: ((port: AcmePort) => void)[] = [];
  readonly #all: AcmePort[] = [];
  readonly #size: number;

  /**
   * @param size orders at the same time
   * @param open makes the session of worker `index`; each must have an account key of its own
   */
  constructor(size: number, open: (index: number) => AcmePort) {
    this.#size = size;
    this.#open = open;
  }

  /** Orders with the next free worker. Errors are those of {@link AcmePort.issue}. */
  async issue(request: IssueRequest): Promise<IssuedCertificate> {
    const worker = await this.#take();
    try {
      return await worker.issue(request);
    } finally {
      this.#give(worker);
    }
  }

  close(): void {
    for (const worker of this.#all) worker.close();
  }

  async #take(): Promise<AcmePort> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length < this.#size) {
      const worker = this.#open(this.#all.length);
      this.#all.push(worker);
      return worker;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(worker: AcmePort): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
  }
}
