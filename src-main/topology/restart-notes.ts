import { join } from 'node:path';
import * as z from 'zod';
import { noRestarts, type RestartHistory } from '../processes/backoff.ts';
import { readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';

const notesSchema = z.record(
  z.string(),
  z.object({
    restarts: z.number().int(),
    ends: z.array(z.number()),
    nextAt: z.number().optional(),
    givenUp: z.boolean(),
  }),
);

/** Restarts of each server and agent in `.console/run/restarts.json`, so that every console shows the same. */
export class RestartNotes {
  readonly #path: string;

  constructor(runDirectory: string) {
    this.#path = join(runDirectory, 'restarts.json');
  }

  async read(): Promise<Readonly<Record<string, RestartHistory>>> {
    const text = await readTextFileIfPresent(this.#path);
    try {
      const notes = notesSchema.parse(JSON.parse(text ?? '{}'));
      return Object.fromEntries(
        Object.entries(notes).map(([name, { nextAt, ...rest }]) => [
          name,
          nextAt === undefined ? rest : { ...rest, nextAt },
        ]),
      );
    } catch {
      return {};
    }
  }

  async set(id: string, history: RestartHistory): Promise<void> {
    const notes = await this.read();
    const same = JSON.stringify(notes[id] ?? noRestarts) === JSON.stringify(history);
    if (same) return;
    await writeFileAtomic(this.#path, JSON.stringify({ ...notes, [id]: history }), {
      mode: 0o600,
      durable: false,
    });
  }
}
