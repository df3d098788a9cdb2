import { join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';

const desiredSchema = z.record(z.string(), z.enum(['running', 'stopped']));
export type Desired = z.infer<typeof desiredSchema>['string'];

/** What the operator wants of each server, in `.console/run/desired.json`: whoever watches next acts on it. */
export class DesiredState {
  readonly #directory: string;
  readonly #path: string;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(runDirectory: string) {
    this.#directory = runDirectory;
    this.#path = join(runDirectory, 'desired.json');
  }

  async read(): Promise<Readonly<Record<string, Desired>>> {
    const text = await readTextFileIfPresent(this.#path);
    if (text === undefined) return {};
    try {
      return desiredSchema.parse(JSON.parse(text));
    } catch {
      // Written by this program alone and atomically; if someone spoilt it, nothing is restarted on its word.
      return {};
    }
  }

  async of(name: string): Promise<Desired> {
    return (await this.read())[name] ?? 'stopped';
  }

  /** Changes of one console are applied one after the other; those of two are serialised by the lock of the operation. */
  async set(name: string, desired: Desired): Promise<void> {
    const change = this.#pending
      .catch(() => undefined)
      .then(async () => {
        const now = await this.read();
        if (now[name] === desired) return;
        await ensureDirectory(this.#directory, { mode: 0o700 });
        await writeFileAtomic(this.#path, JSON.stringify({ ...now, [name]: desired }), { mode: 0o600 });
      });
    this.#pending = change;
    await change;
  }
}
