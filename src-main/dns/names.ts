import { readFile, stat } from 'node:fs/promises';
import * as z from 'zod';

/** The part of state.json that names depend on; everything else in it is none of the name server's business. */
const stateSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      service_name: z.string(),
      hostname: z.string(),
      domain: z.string(),
      instance_id: z.string().nullish(),
    }),
  ),
});
const namesSchema = z.object({ names: z.array(z.string().max(255)) });

/** The identity of a service: `<instance>.<service>.<hostname>.<domain>`, or undefined without an instance. */
function identity(service: z.infer<typeof stateSchema>['services'][string]): string | undefined {
  if (service.instance_id === null || service.instance_id === undefined) return undefined;
  return `${service.instance_id}.${service.service_name}.${service.hostname}.${service.domain}`.toLowerCase();
}

/** Names out of `names.json` (`{"names": […]}`) or `state.json` (its services). @throws Error when the text is neither */
export function namesIn(text: string): string[] {
  const value: unknown = JSON.parse(text);
  const listed = namesSchema.safeParse(value);
  if (listed.success) return listed.data.names.map((name) => name.toLowerCase().replace(/\.$/, ''));
  return Object.values(stateSchema.parse(value).services)
    .map(identity)
    .filter((name) => name !== undefined);
}

/**
 * The names the server answers for, read from files whenever one of them has changed: a service that was added a moment ago must
 * resolve now, and the files are small. A file that cannot be read or is half written keeps its last good names.
 */
export class NameList {
  readonly #files: readonly string[];
  readonly #fixed: readonly string[];
  readonly #stamps = new Map<string, string>();
  readonly #names = new Map<string, readonly string[]>();
  readonly #onChange: (names: number | undefined) => void;
  #all = new Set<string>();
  #refreshing: Promise<void> | undefined;

  /** @param onChange told the new count, or undefined when a file could not be read */
  constructor(
    files: readonly string[],
    fixed: readonly string[],
    onChange: (names: number | undefined) => void = () => undefined,
  ) {
    this.#files = files;
    this.#fixed = fixed.map((name) => name.toLowerCase());
    this.#onChange = onChange;
    this.#all = new Set(this.#fixed);
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether the name is ours, or is this machine's own (`localhost` and below it, RFC 6761 §6.3). */
  has(name: string): boolean {
    return name === 'localhost' || name.endsWith('.localhost') || this.#all.has(name);
  }

  /** Looks at the files again. Calls share one look, but never one that had begun before they came: it may have missed the change. */
  async refresh(): Promise<void> {
    await this.#refreshing;
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #look(): Promise<void> {
    let changed = false;
    for (const file of this.#files) changed = (await this.#read(file)) || changed;
    if (!changed) return;
    this.#all = new Set([...this.#fixed, ...[...this.#names.values()].flat()]);
    this.#onChange(this.#all.size);
  }

  async #read(file: string): Promise<boolean> {
    let stamp: string;
    try {
      const { mtimeMs, size, ino } = await stat(file);
      stamp = `${mtimeMs} ${size} ${ino}`;
      if (this.#stamps.get(file) === stamp) return false;
      const names = namesIn(await readFile(file, 'utf8'));
      this.#stamps.set(file, stamp);
      this.#names.set(file, names);
      return true;
    } catch (error) {
      const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const mark = absent ? 'absent' : 'unreadable';
      if (this.#stamps.get(file) !== mark && !absent) this.#onChange(undefined);
      this.#stamps.set(file, mark);
      return false;
    }
  }
}
