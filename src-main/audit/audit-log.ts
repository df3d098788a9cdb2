import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { auditEntrySchema, type AuditEntry, type AuditVerdict } from '../../shared/contract/audit.ts';
import { chainHash } from '../store/chain.ts';
import type { Row } from '../store/protocol.ts';
import type { Store } from '../store/store.ts';
import { writeFileAtomic } from '../workspace/atomic.ts';
import { withExclusiveLock } from '../workspace/exclusive-lock.ts';
import { redactDeep } from '../operations/redact.ts';

export type AuditDraft = Omit<AuditEntry, 'seq' | 'hash' | 'at'>;

const bodySchema = auditEntrySchema.omit({ seq: true, hash: true });
const headSchema = z.object({ seq: z.number().int(), hash: z.string() });
type Head = z.infer<typeof headSchema>;

const pageSize = 5000;

/**
 * Append-only and hash-chained. Each entry carries the hash of the one before it, so an edited, removed or moved entry is
 * found; the head is also kept beside the store, so that cutting off the end is found too.
 */
export class AuditLog {
  readonly #store: Store;
  readonly #headPath: string;
  readonly #now: () => number;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param headPath `.console/audit-head` */
  constructor(store: Store, headPath: string, now: () => number = Date.now) {
    this.#store = store;
    this.#headPath = headPath;
    this.#now = now;
  }

  /** Durable before it answers. */
  append(draft: AuditDraft): Promise<void> {
    const entry = { ...draft, at: this.#now(), details: redactDeep(draft.details) };
    const job = this.#queue.then(async () => {
      await this.#firstHead();
      const head = await this.#store.chain(JSON.stringify(bodySchema.parse(entry)));
      await withExclusiveLock(`${this.#headPath}.lock.db`, 'audit', () => this.#moveHead(head));
    });
    this.#queue = job.catch(() => undefined);
    return job;
  }

  /**
   * The note moves forward only, also when two processes append side by side, and only from an entry that is still there: else
   * entries that follow a cut would hide it.
   */
  async #moveHead(to: Head): Promise<void> {
    const known = await this.#head();
    if (known === undefined || known.seq >= to.seq) return;
    if (known.seq === 0 || (await this.#hashOf(known.seq)) === known.hash) await this.#writeHead(to);
  }

  async #hashOf(seq: number): Promise<unknown> {
    return (await this.#store.get('SELECT hash FROM audit WHERE seq = ?', [seq]))?.['hash'];
  }

  #writeHead(head: Head): Promise<void> {
    return writeFileAtomic(this.#headPath, JSON.stringify(head), { mode: 0o600 });
  }

  /** An empty log gets its note before the first entry: a crash between the two must not look like a lost note. */
  async #firstHead(): Promise<void> {
    if ((await this.#head()) !== undefined) return;
    if ((await this.#store.get('SELECT seq FROM audit LIMIT 1')) === undefined)
      await this.#writeHead({ seq: 0, hash: '' });
  }

  async #head(): Promise<Head | undefined> {
    try {
      return headSchema.parse(JSON.parse(await readFile(this.#headPath, 'utf8')));
    } catch {
      return undefined;
    }
  }

  async list(page: {
    readonly before?: number | undefined;
    readonly limit: number;
    readonly search: string;
  }): Promise<{ entries: AuditEntry[]; total: number }> {
    const like = `%${page.search.replace(/[%_\\]/g, '\\$&')}%`;
    const rows = await this.#store.all(
      `SELECT seq, body, hash FROM audit WHERE seq < ? AND body LIKE ? ESCAPE '\\' ORDER BY seq DESC LIMIT ?`,
      [page.before ?? Number.MAX_SAFE_INTEGER, like, page.limit],
    );
    const count = await this.#store.get(`SELECT count(*) AS n FROM audit WHERE body LIKE ? ESCAPE '\\'`, [
      like,
    ]);
    return { entries: rows.flatMap(toEntry), total: Number(count?.['n'] ?? 0) };
  }

  /** Walks the whole chain and names the first entry that does not fit. */
  async verify(): Promise<AuditVerdict> {
    // Read before the chain: an entry that somebody appends meanwhile must not look like one that was cut off.
    const head = await this.#head();
    let previous = '';
    let expected = 1;
    for (;;) {
      const rows = await this.#store.all('SELECT * FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?', [
        expected,
        pageSize,
      ]);
      for (const row of rows) {
        const seq = Number(row['seq']);
        if (seq !== expected) return broken(expected - 1, expected, 'missing');
        const body = String(row['body']);
        if (row['previous'] !== previous || row['hash'] !== chainHash(seq, body, previous))
          return broken(expected - 1, seq, 'edited');
        previous = String(row['hash']);
        expected += 1;
      }
      if (rows.length < pageSize) break;
    }
    const entries = expected - 1;
    if (head === undefined) {
      if (entries === 0) return { intact: true, entries };
      // The very first entry may have come while the chain was read.
      return (await this.#head()) === undefined ? broken(entries, entries, 'foreign') : this.verify();
    }
    if (head.seq > entries) return broken(entries, expected, 'truncated');
    if (head.seq === 0) return { intact: true, entries };
    if ((await this.#hashOf(head.seq)) !== head.hash) return broken(entries, head.seq, 'foreign');
    return { intact: true, entries };
  }

  /** Every entry as JSON lines, oldest first. */
  async *export(): AsyncIterable<string> {
    for (let after = 0; ;) {
      const rows = await this.#store.all('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', [
        after,
        pageSize,
      ]);
      for (const row of rows) {
        after = Number(row['seq']);
        yield `${JSON.stringify({ ...row, body: JSON.parse(String(row['body'])) as unknown })}\n`;
      }
      if (rows.length < pageSize) return;
    }
  }
}

const broken = (
  entries: number,
  seq: number,
  how: NonNullable<AuditVerdict['broken']>['how'],
): AuditVerdict => ({
  intact: false,
  entries,
  broken: { seq, how },
});

/** An entry that was edited into nonsense is left out of the list; `verify` names it. */
function toEntry(row: Row): AuditEntry[] {
  try {
    const body = bodySchema.parse(JSON.parse(String(row['body'])));
    return [{ ...body, seq: Number(row['seq']), hash: String(row['hash']) }];
  } catch {
    return [];
  }
}
