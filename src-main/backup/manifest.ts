import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file of a set, by its path in it: SHA-256 in hex, or where a link leads. */
export type Manifest = Readonly<Record<string, string>>;

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** @param except names at the top that are left out */
export async function manifestOf(directory: string, except: readonly string[] = []): Promise<Manifest> {
  const found: Record<string, string> = {};
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(directory, below))).sort()) {
      const at = below === '' ? name : `${below}/${name}`;
      if (below === '' && except.includes(name)) continue;
      const path = join(directory, at);
      const entry = await lstat(path);
      if (entry.isDirectory()) await walk(at);
      else if (entry.isFile()) found[at] = await digestOf(path);
      else if (entry.isSymbolicLink()) found[at] = `-> ${await readlink(path)}`;
    }
  };
  await walk('');
  return found;
}

/** Paths that differ, are missing or have come in addition. */
export const manifestDifferences = (one: Manifest, other: Manifest): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((path) => one[path] !== other[path])
    .sort();
