import * as z from 'zod';
import {
  operationLogSchema,
  operationSchema,
  type Operation,
  type OperationLog,
} from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { Row } from '../store/protocol.ts';
import type { Store } from '../store/store.ts';

/** What the journal keeps of an operation beside its record: enough to make its steps again after a crash. Never a secret. */
export interface JournalEntry {
  readonly operation: Operation;
  readonly input: unknown;
  /** `back` once the operator chose to undo: an interrupted undo is never resumed forwards. */
  readonly direction: 'forward' | 'back';
  /** Rises with every write, so that other processes see what changed. */
  readonly revision: number;
}

const recordSchema = z.object({ operation: operationSchema, direction: z.enum(['forward', 'back']) });

function toEntry(row: Row): JournalEntry {
  const record = recordSchema.parse(JSON.parse(String(row['record'])));
  return { ...record, input: JSON.parse(String(row['input'])) as unknown, revision: Number(row['revision']) };
}

/** The journal in the store. A write is on the disk when it answers. */
export class Journal {
  readonly #store: Store;
  readonly #owner: string;

  /** @param owner names this process, for the record only; who lives is told by the lock */
  constructor(store: Store, owner: string) {
    this.#store = store;
    this.#owner = owner;
  }

  async begin(operation: Operation, input: unknown): Promise<void> {
    await this.#store.run(
      `INSERT INTO operation (id, kind, input, record, owner, started_at, revision)
       VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(revision), 0) + 1 FROM operation))`,
      [
        operation.id,
        operation.kind,
        JSON.stringify(input),
        JSON.stringify({ operation, direction: 'forward' }),
        this.#owner,
        operation.startedAt,
      ],
    );
  }

  async save(operation: Operation, direction: JournalEntry['direction']): Promise<void> {
    await this.#store.run(
      `UPDATE operation SET record = ?, owner = ?, revision = (SELECT max(revision) + 1 FROM operation) WHERE id = ?`,
      [JSON.stringify({ operation, direction }), this.#owner, operation.id],
    );
  }

  async log(entry: OperationLog): Promise<void> {
    await this.#store.run('INSERT INTO operation_log (operation_id, entry) VALUES (?, ?)', [
      entry.operationId,
      JSON.stringify(entry),
    ]);
  }

  /** Throws `not_found`. */
  async read(id: string): Promise<JournalEntry> {
    const row = await this.#store.get('SELECT * FROM operation WHERE id = ?', [id]);
    if (row === undefined) throw new ConsoleError('not_found', { what: 'operation', name: id });
    return toEntry(row);
  }

  /** The newest first, in the order in which they began, whatever the clock said then. */
  async list(limit: number): Promise<JournalEntry[]> {
    const rows = await this.#store.all('SELECT * FROM operation ORDER BY rowid DESC LIMIT ?', [limit]);
    return rows.map(toEntry);
  }

  /** Operations of a kind that stopped half-way and may still be resumed or undone, the newest first. */
  async resting(kind: string): Promise<JournalEntry[]> {
    const rows = await this.#store.all(
      `SELECT * FROM operation WHERE kind = ? AND (json_extract(record, '$.operation.canResume') = 1
       OR json_extract(record, '$.operation.canUndo') = 1) ORDER BY rowid DESC`,
      [kind],
    );
    return rows.map(toEntry);
  }

  async since(revision: number): Promise<JournalEntry[]> {
    const rows = await this.#store.all('SELECT * FROM operation WHERE revision > ? ORDER BY revision', [
      revision,
    ]);
    return rows.map(toEntry);
  }

  /** What was written last: while an operation runs, that one, for no other is written then. */
  async latest(): Promise<JournalEntry | undefined> {
    const row = await this.#store.get('SELECT * FROM operation ORDER BY revision DESC LIMIT 1');
    return row === undefined ? undefined : toEntry(row);
  }

  async logs(id: string): Promise<OperationLog[]> {
    const rows = await this.#store.all(
      'SELECT entry FROM operation_log WHERE operation_id = ? ORDER BY seq',
      [id],
    );
    return rows.map((row) => operationLogSchema.parse(JSON.parse(String(row['entry']))));
  }

  /** Log lines written after `seq`, of all operations; with the seq of the last. */
  async logsSince(seq: number): Promise<{ logs: OperationLog[]; seq: number }> {
    const rows = await this.#store.all('SELECT seq, entry FROM operation_log WHERE seq > ? ORDER BY seq', [
      seq,
    ]);
    return {
      logs: rows.map((row) => operationLogSchema.parse(JSON.parse(String(row['entry'])))),
      seq: Number(rows.at(-1)?.['seq'] ?? seq),
    };
  }

  async lastRevision(): Promise<number> {
    return Number(
      (await this.#store.get('SELECT max(revision) AS revision FROM operation'))?.['revision'] ?? 0,
    );
  }

  async lastLog(): Promise<number> {
    return Number((await this.#store.get('SELECT max(seq) AS seq FROM operation_log'))?.['seq'] ?? 0);
  }
}
