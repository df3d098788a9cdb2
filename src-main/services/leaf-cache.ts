import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

export interface LeafFacts {
  /** Unix milliseconds. */
  readonly notAfter: number;
}

/** Expiry of certificate files, read again only when a file has changed: a list of 1,000 services is asked every few seconds. */
export class LeafCache {
  readonly #known = new Map<string, { stamp: string; facts: LeafFacts | undefined }>();

  /** Undefined: no file, or none that reads as a certificate. */
  async read(path: string): Promise<LeafFacts | undefined> {
    let stamp: string;
    try {
      const { mtimeMs, size, ino } = await stat(path);
      stamp = `${mtimeMs} ${size} ${ino}`;
    } catch {
      this.#known.delete(path);
      return undefined;
    }
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.facts;
    const facts = await this.#parse(path);
    this.#known.set(path, { stamp, facts });
    return facts;
  }

  async #parse(path: string): Promise<LeafFacts | undefined> {
    try {
      return { notAfter: Date.parse(new X509Certificate(await readFile(path)).validTo) };
    } catch {
      return undefined;
    }
  }
}
