import type { OperationEvent } from '../../shared/contract/operations.ts';

const longestQueue = 10_000;

/** One watcher: a bounded queue of events that ends with its signal. A watcher that does not read loses the oldest log lines. */
class Watcher {
  readonly #queue: OperationEvent[] = [];
  #wake: (() => void) | undefined;

  push(event: OperationEvent): void {
    this.#queue.push(event);
    if (this.#queue.length > longestQueue) this.#queue.shift();
    this.#wake?.();
  }

  async next(signal: AbortSignal): Promise<OperationEvent | undefined> {
    while (this.#queue.length === 0) {
      if (signal.aborted) return undefined;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          this.#wake = undefined;
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    return this.#queue.shift();
  }
}

/** Tells every connected host what happens to operations. */
export class OperationEvents {
  readonly #watchers = new Set<Watcher>();

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  emit(event: OperationEvent): void {
    for (const watcher of this.#watchers) watcher.push(event);
  }

  /** Events from now on, until the signal. It listens before the first item is asked for, so whoever asked must close it. */
  watch(signal: AbortSignal): { readonly events: AsyncIterable<OperationEvent>; close(): void } {
    const watcher = new Watcher();
    this.#watchers.add(watcher);
    const events = async function* (): AsyncGenerator<OperationEvent> {
      for (;;) {
        const event = await watcher.next(signal);
        if (event === undefined) return;
        yield event;
      }
    };
    return { events: events(), close: () => this.#watchers.delete(watcher) };
  }
}
