import * as z from 'zod';
import { rungSchema, type Rung } from '../../shared/contract/services.ts';
import type { Evidence } from '../services/context.ts';
import type { Store } from '../store/store.ts';

const ladderSchema = z.array(rungSchema);

/** The last proof of each rung, in the store of the workspace. */
export class StoredEvidence implements Evidence {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async read(): Promise<ReadonlyMap<string, readonly Rung[]>> {
    const rows = await this.#store.all('SELECT service, ladder FROM evidence');
    return new Map(
      rows.flatMap((row): [string, readonly Rung[]][] => {
        const parsed = ladderSchema.safeParse(JSON.parse(String(row['ladder'])));
        return parsed.success ? [[String(row['service']), parsed.data]] : [];
      }),
    );
  }

  async write(id: string, ladder: readonly Rung[]): Promise<void> {
    await this.#store.run(
      'INSERT INTO evidence (service, ladder) VALUES (?, ?) ON CONFLICT (service) DO UPDATE SET ladder = excluded.ladder',
      [id, JSON.stringify(ladder)],
    );
  }

  async remove(id: string): Promise<void> {
    await this.#store.run('DELETE FROM evidence WHERE service = ?', [id]);
  }
}
