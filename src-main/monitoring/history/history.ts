import type { Statement } from '../../store/protocol.ts';
import type { Store } from '../../store/store.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** From fine to coarse: how long a step is, and how long its points are kept. */
export const resolutions = [
  { step: minute, keep: 6 * hour },
  { step: 5 * minute, keep: 3 * day },
  { step: hour, keep: 30 * day },
] as const;

/** A step of one series: how often it was measured, sum, least and greatest. */
export interface Bucket {
  readonly at: number;
  readonly count: number;
  readonly total: number;
  readonly low: number;
  readonly high: number;
}

const merge = `ON CONFLICT (series, resolution, at) DO UPDATE SET
  count = count + excluded.count, total = total + excluded.total,
  low = min(low, excluded.low), high = max(high, excluded.high)`;

/** What was measured in the last 30 days, at the resolution that its age deserves. */
export class History {
  readonly #store: Pick<Store, 'all' | 'transaction'>;
  #thinnedAt = 0;

  constructor(store: Pick<Store, 'all' | 'transaction'>) {
    this.#store = store;
  }

  /** One measurement of each series. Several within a step are added up into it. @param at unix milliseconds */
  async record(at: number, values: ReadonlyMap<string, number>): Promise<void> {
    const [{ step }] = resolutions;
    const bucket = Math.floor(at / step) * step;
    const statements: Statement[] = [...values].map(([series, value]) => ({
      sql: `INSERT INTO history (series, resolution, at, count, total, low, high) VALUES (?, ?, ?, 1, ?, ?, ?) ${merge}`,
      parameters: [series, step, bucket, value, value, value],
    }));
    if (statements.length > 0) await this.#store.transaction(statements);
    if (at - this.#thinnedAt >= hour) {
      await this.thin(at);
      this.#thinnedAt = at;
    }
  }

  /** Puts what is too old for its resolution into the next coarser one; what is too old for that ends. */
  async thin(now: number): Promise<void> {
    const statements = resolutions.flatMap(({ step, keep }, index): Statement[] => {
      const coarser = resolutions[index + 1];
      // Whole coarse steps only: a step that was moved by halves would be put there twice.
      const until = Math.floor((now - keep) / (coarser?.step ?? step)) * (coarser?.step ?? step);
      const drop = { sql: 'DELETE FROM history WHERE resolution = ? AND at < ?', parameters: [step, until] };
      if (coarser === undefined) return [drop];
      const move = {
        sql: `INSERT INTO history (series, resolution, at, count, total, low, high)
          SELECT series, CAST(? AS INTEGER), at / CAST(? AS INTEGER) * CAST(? AS INTEGER), sum(count), sum(total), min(low), max(high)
          FROM history WHERE resolution = ? AND at < ? GROUP BY series, at / CAST(? AS INTEGER) ${merge}`,
        parameters: [coarser.step, coarser.step, coarser.step, step, until, coarser.step],
      };
      return [move, drop];
    });
    await this.#store.transaction(statements);
  }

  /** Of each series that matches, its buckets in order. @param pattern of SQL LIKE, for example `acme:%` */
  async read(
    pattern: string,
    from: number,
    to: number,
    stepMs: number,
  ): Promise<ReadonlyMap<string, readonly Bucket[]>> {
    const rows = await this.#store.all(
      `SELECT series, at / CAST(?1 AS INTEGER) * CAST(?1 AS INTEGER) AS bucket, sum(count) AS count, sum(total) AS total, min(low) AS low,
        max(high) AS high FROM history WHERE series LIKE ?2 AND at >= ?3 AND at <= ?4
        GROUP BY series, bucket ORDER BY series, bucket`,
      [stepMs, pattern, from, to],
    );
    const found = new Map<string, Bucket[]>();
    for (const row of rows) {
      const name = String(row['series']);
      const bucket = {
        at: Number(row['bucket']),
        count: Number(row['count']),
        total: Number(row['total']),
        low: Number(row['low']),
        high: Number(row['high']),
      };
      const known = found.get(name);
      if (known === undefined) found.set(name, [bucket]);
      else known.push(bucket);
    }
    return found;
  }
}
