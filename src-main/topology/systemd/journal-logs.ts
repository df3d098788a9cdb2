import type { LogLine } from '../../../shared/contract/topology.ts';
import { followJournal, journalLines, type JournalLine } from '../../systemd/journal.ts';
import { parseLine } from '../log-lines.ts';
import type { LogPlace, ServerLogs } from '../runner.ts';
import { serverIds, type ServerId } from '../server-id.ts';

/** Lines in the journal. A place is a time, unix milliseconds. */
export class JournalLogs implements ServerLogs {
  readonly #nameOf: (id: ServerId) => string;

  constructor(nameOf: (id: ServerId) => string) {
    this.#nameOf = nameOf;
  }

  async end(): Promise<LogPlace> {
    return Date.now();
  }

  async since(id: ServerId, place: LogPlace): Promise<string[]> {
    const lines = await journalLines([this.#nameOf(id)], {
      lines: 30,
      ...(Number.isFinite(place) ? { since: place } : {}),
    });
    return lines.map(({ text }) => text);
  }

  async last(id: ServerId, count: number): Promise<string[]> {
    return (await journalLines([this.#nameOf(id)], { lines: count })).map(({ text }) => text);
  }

  async *follow(
    ids: readonly ServerId[],
    { lines, follow }: { readonly lines: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<LogLine> {
    const units = ids.map(this.#nameOf);
    if (!follow) {
      for (const line of await journalLines(units, { lines })) yield* this.#shown(line);
      return;
    }
    for await (const line of followJournal(units, lines, signal)) yield* this.#shown(line);
  }

  #shown({ unit, at, text }: JournalLine): LogLine[] {
    const id = serverIds.find((each) => this.#nameOf(each) === unit);
    return id === undefined ? [] : [{ at, ...parseLine(id, text) }];
  }
}
