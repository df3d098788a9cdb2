import { createHash } from 'node:crypto';
import type { Kv } from './kv.ts';

/** What stands at a path, by its fingerprint: SHA-256 in hex over version and value, `-` where the newest version was deleted. */
export type KvDigests = Readonly<Record<string, string>>;

const sorted = (data: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Fingerprints of every path below one, recursively, for comparing a store with its copy. */
export async function kvDigests(kv: Kv, below: string): Promise<KvDigests> {
  const found: Record<string, string> = {};
  const walk = async (path: string): Promise<void> => {
    for (const name of await kv.list(path)) {
      const at = `${path}/${name}`;
      if (name.endsWith('/')) {
        await walk(at.slice(0, -1));
        continue;
      }
      const secret = await kv.read(at);
      const text = secret === undefined ? undefined : `${secret.version} ${sorted(secret.data)}`;
      found[at] = text === undefined ? '-' : createHash('sha256').update(text).digest('hex');
    }
  };
  await walk(below);
  return found;
}

/** Paths that differ, are missing or have come in addition. */
export const kvDifferences = (before: KvDigests, after: KvDigests): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path])
    .sort();
