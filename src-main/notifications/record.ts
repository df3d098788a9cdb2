import { sentSchema, type Sent } from '../../shared/contract/notifications.ts';
import type { Row } from '../store/protocol.ts';
import type { Store } from '../store/store.ts';

const keepMs = 90 * 24 * 3_600_000;

const read = (row: Row): Sent[] => {
  const entry = JSON.parse(String(row['entry'])) as object;
  const parsed = sentSchema.safeParse({ ...entry, seq: Number(row['seq']) });
  return parsed.success ? [parsed.data] : [];
};

/** What was sent in the last 90 days, and what could not be. */
export class SentRecord {
  readonly #store: Pick<Store, 'all' | 'get' | 'run'>;

  constructor(store: Pick<Store, 'all' | 'get' | 'run'>) {
    this.#store = store;
  }

  async add(entry: Omit<Sent, 'seq'>): Promise<Sent> {
    await this.#store.run('INSERT INTO notification (at, entry) VALUES (?, ?)', [
      entry.at,
      JSON.stringify(entry),
    ]);
    await this.#store.run('DELETE FROM notification WHERE at < ?', [entry.at - keepMs]);
    return { ...entry, seq: await this.last() };
  }

  /** The newest number; 0 without any. */
  async last(): Promise<number> {
    return Number((await this.#store.get('SELECT max(seq) AS seq FROM notification'))?.['seq'] ?? 0);
  }

  /** Newest first. */
  async list(limit: number): Promise<Sent[]> {
    const rows = await this.#store.all('SELECT seq, entry FROM notification ORDER BY seq DESC LIMIT ?', [
      limit,
    ]);
    return rows.flatMap(read);
  }

  /** Those with a greater number, oldest first. */
  async since(seq: number): Promise<Sent[]> {
    const rows = await this.#store.all(
      'SELECT seq, entry FROM notification WHERE seq > ? ORDER BY seq LIMIT 100',
      [seq],
    );
    return rows.flatMap(read);
  }
}
