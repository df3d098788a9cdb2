/** Forward only. A migration that has shipped is never edited; what it got wrong the next one mends. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE operation (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    input TEXT NOT NULL,
    record TEXT NOT NULL,
    owner TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX operation_by_start ON operation (started_at DESC);
  CREATE TABLE operation_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id TEXT NOT NULL REFERENCES operation (id),
    entry TEXT NOT NULL
  ) STRICT;
  CREATE INDEX operation_log_by_operation ON operation_log (operation_id, seq);
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE evidence (
    service TEXT PRIMARY KEY,
    ladder TEXT NOT NULL
  ) STRICT;
  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE history (
    series TEXT NOT NULL,
    resolution INTEGER NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    total REAL NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    PRIMARY KEY (series, resolution, at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE check_run (
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (id, at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notification (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    entry TEXT NOT NULL
  ) STRICT;
  `,
];
