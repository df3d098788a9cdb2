import type { Operation, OperationLog } from '../../shared/contract/operations.ts';
import { canonicalJson } from './canonical.ts';
import type { OperationEvents } from './events.ts';
import type { Journal } from './journal.ts';
import { isUnderWay } from './record.ts';

const pollMs = 1000;

/**
 * Tells watchers what other processes do: the journal is looked at once a second while anybody watches. What this process
 * told itself when it happened is not told again.
 */
export class JournalFollower {
  readonly #journal: Journal;
  readonly #events: OperationEvents;
  readonly #runsHere: (id: string) => boolean;
  /** Lines told from here that the journal has yet to show. */
  readonly #told = new Set<string>();
  #seen: { revision: number; log: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  readonly #whenElsewhere: () => Promise<void>;

  /** @param whenElsewhere called while the journal says that another process runs something: it may have died */
  constructor(
    journal: Journal,
    events: OperationEvents,
    runsHere: (id: string) => boolean,
    whenElsewhere: () => Promise<void>,
  ) {
    this.#journal = journal;
    this.#events = events;
    this.#runsHere = runsHere;
    this.#whenElsewhere = whenElsewhere;
  }

  /** From the state of the journal now on; nothing to do when it follows already. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#look(), pollMs);
    this.#timer.unref();
    void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#seen = undefined;
    this.#told.clear();
  }

  /** A record that is written by this process and told to watchers by it. */
  operation(operation: Operation): void {
    this.#events.emit({ type: 'operation', operation });
  }

  /** A line likewise. */
  log(log: OperationLog): void {
    if (this.#timer !== undefined) this.#told.add(canonicalJson(log));
    this.#events.emit({ type: 'log', log });
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (this.#events.watched) await this.#catchUp();
      else this.stop();
    } catch {
      // A store that cannot be read now is read again in a second; whoever asks it for more is told why.
    } finally {
      this.#looking = false;
    }
  }

  async #catchUp(): Promise<void> {
    const last = (await this.#journal.latest())?.operation;
    if (last !== undefined && isUnderWay(last) && !this.#runsHere(last.id)) await this.#whenElsewhere();
    const seen = this.#seen;
    if (seen === undefined) {
      const now = { revision: await this.#journal.lastRevision(), log: await this.#journal.lastLog() };
      if (this.#timer !== undefined) this.#seen = now;
      return;
    }
    for (const { revision, operation } of await this.#journal.since(seen.revision)) {
      seen.revision = Math.max(seen.revision, revision);
      if (!this.#runsHere(operation.id)) this.#events.emit({ type: 'operation', operation });
    }
    const { logs, seq } = await this.#journal.logsSince(seen.log);
    seen.log = seq;
    for (const log of logs)
      if (!this.#told.delete(canonicalJson(log))) this.#events.emit({ type: 'log', log });
  }
}
