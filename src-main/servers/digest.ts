import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file, lower-case hex. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Digest of every file and link below a directory, by relative path with `/`, except those in `without`. */
export async function treeDigests(
  directory: string,
  without: readonly string[] = [],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const visit = async (at: string): Promise<void> => {
    for (const name of (await readdir(at)).sort()) {
      const path = join(at, name);
      const key = relative(directory, path).split(sep).join('/');
      if (without.includes(key)) continue;
      const stats = await lstat(path);
      if (stats.isDirectory()) await visit(path);
      else if (stats.isSymbolicLink()) digests[key] = `-> ${await readlink(path)}`;
      else digests[key] = await fileSha256(path);
    }
  };
  await visit(directory);
  return digests;
}
