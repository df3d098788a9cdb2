import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { chainHash } from './chain.ts';
import { migrations as shipped } from './migrations.ts';
import type { Row, Statement } from './protocol.ts';

function versionOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const row = db.prepare('PRAGMA user_version').get() as Row | undefined;
    return Number(row?.['user_version'] ?? 0);
  } finally {
    db.close();
  }
}

/** The database itself, synchronous, for the thread that owns it. Several processes may have the file open. */
export class Database {
  readonly #db: InstanceType<typeof DatabaseSync>;

  /** @throws Error `newer` when a later console wrote the file */
  constructor(path: string, migrations: readonly string[] = shipped) {
    this.#db = new DatabaseSync(path);
    chmodSync(path, 0o600);
    // FULL: what the journal says happened is on the disk before the effect that follows.
    this.#db.exec(
      'PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON',
    );
    this.#migrate(path, migrations);
  }

  #version(): number {
    return Number(this.all({ sql: 'PRAGMA user_version' })[0]?.['user_version'] ?? 0);
  }

  /** One version at a time, each after a copy of the file as it was; a new file holds nothing to copy and takes all at once. */
  #migrate(path: string, migrations: readonly string[]): void {
    if (this.#version() > migrations.length) throw new Error('newer');
    if (this.#version() === 0)
      this.#inTransaction(() => {
        if (this.#version() !== 0) return;
        for (const migration of migrations) this.#db.exec(migration);
        this.#db.exec(`PRAGMA user_version=${migrations.length}`);
      });
    while (this.#version() < migrations.length) {
      const from = this.#version();
      this.#copy(`${path}.v${from}.bak`, from);
      this.#inTransaction(() => {
        // Another process may have been faster.
        if (this.#version() !== from) return;
        this.#db.exec(migrations[from] ?? '');
        this.#db.exec(`PRAGMA user_version=${from + 1}`);
      });
    }
  }

  /** Whole under its name or not there: an earlier copy stays until then. */
  #copy(to: string, version: number): void {
    const staged = `${to}.${process.pid}.new`;
    rmSync(staged, { force: true });
    writeFileSync(staged, '', { mode: 0o600 });
    this.#db.prepare('VACUUM INTO ?').run(staged);
    // A process that was faster may have migrated the file before the copy was made; then its copy is the good one.
    if (versionOf(staged) === version) renameSync(staged, to);
    else rmSync(staged);
  }

  #inTransaction<T>(action: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk has rolled it back already; what is told is the first error.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  all(statement: Statement): Row[] {
    return this.#db.prepare(statement.sql).all(...(statement.parameters ?? [])) as Row[];
  }

  transaction(statements: readonly Statement[]): void {
    this.#inTransaction(() => {
      for (const { sql, parameters = [] } of statements) this.#db.prepare(sql).run(...parameters);
    });
  }

  /** Appends to a hash chain; atomic against other processes. */
  chain(body: string): Row {
    return this.#inTransaction(() => {
      const [last] = this.all({ sql: 'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1' });
      const seq = Number(last?.['seq'] ?? 0) + 1;
      const previous = typeof last?.['hash'] === 'string' ? last['hash'] : '';
      const hash = chainHash(seq, body, previous);
      this.#db
        .prepare('INSERT INTO audit (seq, body, previous, hash) VALUES (?, ?, ?, ?)')
        .run(seq, body, previous, hash);
      return { seq, hash };
    });
  }

  close(): void {
    this.#db.close();
  }
}
