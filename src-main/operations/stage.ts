import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../workspace/atomic.ts';
import type { Stage } from './types.ts';

/** 0600 files below `secrets/.staging/<operation>/`: values a crash must not lose and the journal must not hold. */
export class FileStage implements Stage {
  readonly #root: string;
  readonly #directory: string;
  /** Makings under way, by name: whoever asks meanwhile gets the same value. */
  readonly #making = new Map<string, Promise<string>>();

  /** @param root `secrets/.staging` */
  constructor(root: string, operationId: string) {
    this.#root = root;
    this.#directory = join(root, operationId);
  }

  #path(name: string): string {
    if (!/^[a-z0-9][a-z0-9-]{0,60}$/.test(name))
      throw new ConsoleError('internal', {}, { detail: 'stage name' });
    return join(this.#directory, name);
  }

  async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.#path(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write(name: string, value: string): Promise<void> {
    const path = this.#path(name);
    await ensureDirectory(this.#root, { mode: 0o700 });
    await ensureDirectory(this.#directory, { mode: 0o700 });
    await writeFileAtomic(path, value, { mode: 0o600 });
  }

  async once(name: string, make: () => string | Promise<string>): Promise<string> {
    const underWay = this.#making.get(name);
    if (underWay !== undefined) return underWay;
    const making = this.#make(name, make).finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  async #make(name: string, make: () => string | Promise<string>): Promise<string> {
    const kept = await this.read(name);
    if (kept !== undefined) return kept;
    const value = await make();
    await this.write(name, value);
    return value;
  }

  async remove(name: string): Promise<void> {
    await removeFile(this.#path(name));
  }

  /** Everything that was staged goes when the operation has ended. */
  async clear(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Removes what a crash left of operations that have ended. A directory that cannot be read now is looked at again later. */
export async function clearStages(root: string, ended: readonly string[]): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names)
    if (ended.includes(name))
      await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
}
