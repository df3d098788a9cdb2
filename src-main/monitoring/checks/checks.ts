import * as z from 'zod';
import {
  checkRunSchema,
  checkSchema,
  type Check,
  type CheckRun,
  type CheckView,
} from '../../../shared/contract/monitoring.ts';
import type { Store } from '../../store/store.ts';
import type { SettingsStore } from '../settings.ts';

/** Checks as the store keeps them. `savedAt`: the first run is one interval later. */
const storedSchema = z.array(checkSchema.extend({ savedAt: z.number() }));
export type StoredCheck = Check & { readonly savedAt: number };

const setting = 'checks';
const minute = 60_000;
/** How long runs are remembered. */
const keepMs = 30 * 24 * 60 * minute;

/** Promised from the beginning: nobody has to think of it for the console to notice a broken service. */
const standing: Check = { id: 'services', kind: 'verify', everyMinutes: 60, enabled: true };

/** A check that is late by less than this waits for a watcher that was restarted, or for its turn. */
const graceOf = ({ everyMinutes }: Check): number => Math.max(5, Math.min(60, everyMinutes)) * minute;

/** The checks of one workspace and what became of them. */
export class Checks {
  readonly #settings: SettingsStore;
  readonly #store: Pick<Store, 'get' | 'run'>;
  readonly #now: () => number;

  /** @param now unix milliseconds */
  constructor(settings: SettingsStore, store: Pick<Store, 'get' | 'run'>, now: () => number) {
    this.#settings = settings;
    this.#store = store;
    this.#now = now;
  }

  /** In the order of their ids. */
  async all(): Promise<readonly StoredCheck[]> {
    const parsed = storedSchema.safeParse(await this.#settings.read(setting));
    if (parsed.success) return parsed.data;
    const first = [{ ...standing, savedAt: this.#now() }];
    await this.#settings.write(setting, first);
    return first;
  }

  async save(check: Check): Promise<void> {
    const others = (await this.all()).filter(({ id }) => id !== check.id);
    const all = [...others, { ...check, savedAt: this.#now() }];
    await this.#settings.write(
      setting,
      all.sort((one, other) => (one.id < other.id ? -1 : 1)),
    );
  }

  async remove(id: string): Promise<void> {
    await this.#settings.write(
      setting,
      (await this.all()).filter((one) => one.id !== id),
    );
    await this.#store.run('DELETE FROM check_run WHERE id = ?', [id]);
  }

  async lastRun(id: string): Promise<CheckRun | undefined> {
    const row = await this.#store.get('SELECT result FROM check_run WHERE id = ? ORDER BY at DESC LIMIT 1', [
      id,
    ]);
    if (row === undefined) return undefined;
    return checkRunSchema.safeParse(JSON.parse(String(row['result']))).data;
  }

  async record(id: string, run: CheckRun): Promise<void> {
    await this.#store.run('INSERT OR REPLACE INTO check_run (id, at, result) VALUES (?, ?, ?)', [
      id,
      run.at,
      JSON.stringify(run),
    ]);
    await this.#store.run('DELETE FROM check_run WHERE at < ?', [this.#now() - keepMs]);
  }

  /** When each is due, whether it is late, and what it said last. */
  async views(): Promise<CheckView[]> {
    const now = this.#now();
    return Promise.all(
      (await this.all()).map(async (check): Promise<CheckView> => {
        const lastRun = await this.lastRun(check.id);
        const view = { ...check, ...(lastRun === undefined ? {} : { lastRun }) };
        if (!check.enabled) return view;
        const dueAt = Math.max(check.savedAt, lastRun?.at ?? 0) + check.everyMinutes * minute;
        return {
          ...view,
          nextAt: Math.max(now, dueAt),
          ...(now - dueAt > graceOf(check) ? { overdueSince: dueAt } : {}),
        };
      }),
    );
  }

  /** Those that should run now. */
  async due(): Promise<readonly CheckView[]> {
    const now = this.#now();
    return (await this.views()).filter(({ nextAt }) => nextAt !== undefined && nextAt <= now);
  }
}
