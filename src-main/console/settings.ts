import type { Store } from '../store/store.ts';

/** Small named values of a workspace: what the wizard chose, who confirmed a share. Never secrets. */
export class Settings {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async read(name: string): Promise<unknown> {
    const row = await this.#store.get('SELECT value FROM setting WHERE name = ?', [name]);
    return row === undefined ? undefined : (JSON.parse(String(row['value'])) as unknown);
  }

  async write(name: string, value: unknown): Promise<void> {
    await this.#store.run(
      'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      [name, JSON.stringify(value)],
    );
  }
}
