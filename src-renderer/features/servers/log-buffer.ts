import { logLevels, type LogLine, type LogSource } from '../../../shared/contract/topology.ts';

/** Lines kept in the page. */
export const kept = 100_000;
/** The oldest go in pieces, so that not every new line moves all others. */
const piece = 10_000;
/** Lines that are searched at a time, so that a search never holds a frame up. */
const searchedAtOnce = 5_000;

/** Which lines are shown. */
export interface LogFilter {
  /** In any case; empty: all. */
  readonly text: string;
  readonly level: LogLine['level'];
  readonly source: LogSource | undefined;
}

export const everything: LogFilter = { text: '', level: 'debug', source: undefined };

/** A thousand times faster than comparing words. */
const rank = Object.fromEntries(logLevels.map((level, index) => [level, index])) as Record<
  LogLine['level'],
  number
>;

/** The lines of a log with a filter over them. Lines have numbers that never change; rows are the lines that pass. */
export class LogBuffer {
  #lines: LogLine[] = [];
  /** Number of the first line that is kept. */
  #first = 0;
  #filter = everything;
  #wanted = '';
  /** Numbers of the lines that pass; undefined while all do. */
  #passing: number[] | undefined;
  /** The next line that the search has to look at. */
  #searched = 0;
  #droppedRows = 0;
  #lastAt: number | undefined;

  get total(): number {
    return this.#lines.length;
  }

  /** When lines came last, unix milliseconds; undefined: none did yet. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  /** Lines that came and are not kept any more. */
  get dropped(): number {
    return this.#first;
  }

  /** Rows that went from the head since the beginning of this filter: what is in sight has moved up by so many. */
  get droppedRows(): number {
    return this.#droppedRows;
  }

  get rows(): number {
    return this.#passing?.length ?? this.#lines.length;
  }

  /** Whether a new filter has seen every line. */
  get searching(): boolean {
    return this.#passing !== undefined && this.#searched < this.#first + this.#lines.length;
  }

  rowAt(index: number): LogLine | undefined {
    if (this.#passing === undefined) return this.#lines[index];
    const number = this.#passing[index];
    return number === undefined ? undefined : this.#lines[number - this.#first];
  }

  /** Number of the line in this row, which stays its own while others come and go. */
  numberAt(index: number): number | undefined {
    return this.#passing === undefined ? this.#first + index : this.#passing[index];
  }

  /** @param at unix milliseconds */
  push(batch: readonly LogLine[], at = 0): void {
    this.#lastAt = at;
    for (const line of batch) this.#lines.push(line);
    if (this.#passing !== undefined && this.#searched === this.#first + this.#lines.length - batch.length)
      this.#look(batch.length);
    if (this.#lines.length > kept + piece) this.#drop(this.#lines.length - kept);
  }

  #drop(count: number): void {
    this.#lines = this.#lines.slice(count);
    this.#first += count;
    if (this.#passing === undefined) {
      this.#droppedRows += count;
      return;
    }
    const from = this.#passing.findIndex((number) => number >= this.#first);
    const gone = from === -1 ? this.#passing.length : from;
    this.#passing = this.#passing.slice(gone);
    this.#droppedRows += gone;
    this.#searched = Math.max(this.#searched, this.#first);
  }

  /** Another filter; its rows come with {@link search}. */
  setFilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#wanted = filter.text.trim().toLowerCase();
    const all = this.#wanted === '' && filter.level === 'debug' && filter.source === undefined;
    this.#passing = all ? undefined : [];
    this.#searched = this.#first;
    this.#droppedRows = 0;
  }

  /** Looks at some more lines. @returns whether there are others */
  search(): boolean {
    if (this.searching) this.#look(searchedAtOnce);
    return this.searching;
  }

  #look(count: number): void {
    const end = Math.min(this.#searched + count, this.#first + this.#lines.length);
    for (let number = this.#searched; number < end; number += 1) {
      const line = this.#lines[number - this.#first];
      if (line !== undefined && this.#passes(line)) this.#passing?.push(number);
    }
    this.#searched = end;
  }

  #passes({ level, server, text }: LogLine): boolean {
    const { source } = this.#filter;
    return (
      rank[level] >= rank[this.#filter.level] &&
      (source === undefined || server === source) &&
      (this.#wanted === '' || text.toLowerCase().includes(this.#wanted))
    );
  }
}
