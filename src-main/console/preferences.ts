import { join } from 'node:path';
import * as z from 'zod';
import { engineChoiceSchema } from '../../shared/contract/setup.ts';
import { preferencesSchema, type Preferences } from '../../shared/contract/session.ts';
import type { EngineChoice } from '../docker/chosen-engine.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';

const fileSchema = z.object({
  preferences: preferencesSchema.optional(),
  drafts: z.record(z.string(), z.unknown()).default({}),
  engine: engineChoiceSchema.optional(),
});
type File = z.infer<typeof fileSchema>;

/** Largest draft of a wizard, characters of JSON. */
const largestDraft = 100_000;

const languageOf = (environment: Readonly<Record<string, string | undefined>>): Preferences['locale'] =>
  (environment['BOOTROOT_LANG'] ?? environment['LC_ALL'] ?? environment['LANG'] ?? '').startsWith('ko')
    ? 'ko'
    : 'en';

/** What belongs to this person and not to an installation: language, theme, half-filled wizards. A damaged file reads as empty. */
export class PersonalFile {
  readonly #path: string;
  readonly #directory: string;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param directory the console's configuration directory */
  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, 'preferences.json');
  }

  async #read(): Promise<File> {
    try {
      const text = await readTextFileIfPresent(this.#path, { maxBytes: 4 * 1024 * 1024 });
      return fileSchema.parse(JSON.parse(text ?? '{}'));
    } catch {
      return { drafts: {} };
    }
  }

  #change(edit: (file: File) => File): Promise<void> {
    const job = this.#queue.then(async () => {
      const next = edit(await this.#read());
      await ensureDirectory(this.#directory, { mode: 0o700 });
      await writeFileAtomic(this.#path, JSON.stringify(next, null, 2), { mode: 0o600 });
    });
    this.#queue = job.catch(() => undefined);
    return job;
  }

  /** What was asked to be kept is kept: for a host that ends right after it. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  async preferences(): Promise<Preferences> {
    return (
      (await this.#read()).preferences ?? {
        locale: languageOf(process.env),
        theme: 'auto',
        density: 'dense',
        views: {},
      }
    );
  }

  async savePreferences(preferences: Preferences): Promise<Preferences> {
    await this.#change((file) => ({ ...file, preferences }));
    return preferences;
  }

  /** The engine of Docker that was chosen; undefined: as the environment says. */
  async engine(): Promise<EngineChoice | undefined> {
    return (await this.#read()).engine;
  }

  async saveEngine(engine: EngineChoice | undefined): Promise<void> {
    await this.#change(({ engine: _former, ...file }) => (engine === undefined ? file : { ...file, engine }));
  }

  async draft(name: string): Promise<unknown> {
    return (await this.#read()).drafts[name] ?? null;
  }

  /** `null` forgets the draft. */
  saveDraft(name: string, draft: unknown): Promise<void> {
    return this.#change((file) => {
      const others = Object.fromEntries(Object.entries(file.drafts).filter(([other]) => other !== name));
      const keep = draft !== null && draft !== undefined && JSON.stringify(draft).length <= largestDraft;
      return { ...file, drafts: keep ? { ...others, [name]: draft } : others };
    });
  }
}
