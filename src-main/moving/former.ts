import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import {
  ensureDirectory,
  readTextFile,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../workspace/atomic.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** What ran the servers before a move, kept until the operator confirms. Copies of files hold secrets: 0600. */
const schema = z.object({
  version: z.literal(1),
  operation: z.string(),
  /** Unix milliseconds. */
  at: z.number(),
  from: z.enum(['local', 'compose']),
  to: z.enum(['local', 'compose']),
  /** Units of systemd before, by their prefix. */
  prefix: z.string().optional(),
  /** Files by their path below the work directory; those that were not there are `false`. */
  files: z.record(z.string(), z.boolean()),
});
export type FormerTopology = z.infer<typeof schema>;

const directory = (paths: WorkspacePaths): string => join(paths.local, 'former');
const recordOf = (paths: WorkspacePaths): string => join(directory(paths), 'topology.json');
const copies = (paths: WorkspacePaths): string => join(directory(paths), 'topology');

/** Undefined: every move was confirmed or taken back. Throws `topology_layout` when the record is spoilt. */
export async function readFormerTopology(paths: WorkspacePaths): Promise<FormerTopology | undefined> {
  const path = recordOf(paths);
  const text = await readTextFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConsoleError('topology_layout', { path, field: 'JSON' }, { cause });
  }
}

/** Copies these files away, then notes that: a record means that all of them are there. */
export async function keepTopology(
  paths: WorkspacePaths,
  about: Omit<FormerTopology, 'version' | 'files'>,
  files: readonly string[],
): Promise<void> {
  const kept: Record<string, boolean> = {};
  for (const path of files) {
    const name = relative(paths.root, path);
    const text = await readTextFileIfPresent(path);
    kept[name] = text !== undefined;
    if (text === undefined) continue;
    const copy = join(copies(paths), name);
    await ensureDirectory(dirname(copy), { mode: 0o700 });
    await writeFileAtomic(copy, text, { mode: 0o600 });
  }
  await ensureDirectory(directory(paths), { mode: 0o700 });
  const record: FormerTopology = { ...about, version: 1, files: kept };
  await writeFileAtomic(recordOf(paths), `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
}

/** Every file as it was, and those that were not there are removed. The last one is `last`: it decides what runs. */
export async function putBackFiles(
  paths: WorkspacePaths,
  { files }: FormerTopology,
  last: string,
): Promise<void> {
  const names = Object.keys(files).sort(
    (a, b) => Number(join(paths.root, a) === last) - Number(join(paths.root, b) === last),
  );
  for (const name of names) {
    const path = join(paths.root, name);
    if (files[name] !== true) {
      await removeFile(path);
      continue;
    }
    const text = await readTextFile(join(copies(paths), name));
    if ((await readTextFileIfPresent(path)) === text) continue;
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    );
    await writeFileAtomic(path, text, { mode });
  }
}

export async function forgetTopology(paths: WorkspacePaths): Promise<void> {
  await rm(copies(paths), { recursive: true, force: true });
  await removeFile(recordOf(paths));
  const left = await readdir(directory(paths)).catch(() => ['?']);
  if (left.length === 0) await rm(directory(paths), { recursive: true, force: true });
}

/** The layout of before, as it was copied away. @param layout topology.json */
export const keptLayout = (paths: WorkspacePaths, layout: string): string =>
  join(copies(paths), relative(paths.root, layout));

/** A file as it was before; undefined when it was not there. */
export const keptText = async (
  paths: WorkspacePaths,
  { files }: FormerTopology,
  path: string,
): Promise<string | undefined> => {
  const name = relative(paths.root, path);
  return files[name] === true ? readTextFile(join(copies(paths), name)) : undefined;
};
