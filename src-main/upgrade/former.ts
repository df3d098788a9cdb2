import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { serverNames, type ServerName } from '../servers/catalogue.ts';
import { ensureDirectory, readTextFileIfPresent, removeFile, writeFileAtomic } from '../workspace/atomic.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** What a server was before its upgrade, kept until the operator confirms that the new one is good. Holds no secret. */
const formerSchema = z.object({
  version: z.literal(1),
  server: z.enum(serverNames),
  /** The upgrade that made it. */
  operation: z.string(),
  /** Unix milliseconds. */
  at: z.number(),
  from: z.object({ path: z.string(), version: z.string() }),
  to: z.string(),
});
export type Former = z.infer<typeof formerSchema>;

const directory = (paths: WorkspacePaths): string => join(paths.local, 'former');
const recordOf = (paths: WorkspacePaths, server: ServerName): string =>
  join(directory(paths), `${server}.json`);

/** Where a server's data of before lie, if they are kept below the work directory. */
export const formerData = (paths: WorkspacePaths, server: ServerName): string =>
  join(directory(paths), server);

/** Undefined: nothing is kept, every upgrade was confirmed or taken back. Throws `topology_layout` when the record is spoilt. */
export async function readFormer(paths: WorkspacePaths, server: ServerName): Promise<Former | undefined> {
  const path = recordOf(paths, server);
  const text = await readTextFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return formerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConsoleError('topology_layout', { path, field: 'JSON' }, { cause });
  }
}

/** Throws `upgrade_no_former`. */
export async function requireFormer(paths: WorkspacePaths, server: ServerName): Promise<Former> {
  const former = await readFormer(paths, server);
  if (former === undefined) throw new ConsoleError('upgrade_no_former', { server });
  return former;
}

export async function writeFormer(paths: WorkspacePaths, former: Former): Promise<void> {
  await ensureDirectory(directory(paths), { mode: 0o700 });
  await writeFileAtomic(recordOf(paths, former.server), `${JSON.stringify(former, undefined, 2)}\n`, {
    mode: 0o600,
  });
}

/** Forgets it with the data below the work directory. */
export async function removeFormer(paths: WorkspacePaths, server: ServerName): Promise<void> {
  await rm(formerData(paths, server), { recursive: true, force: true });
  await removeFile(recordOf(paths, server));
}

/** Whatever is kept, of any server. */
export async function listFormer(paths: WorkspacePaths): Promise<readonly Former[]> {
  const found = await Promise.all(serverNames.map((server) => readFormer(paths, server)));
  return found.filter((one) => one !== undefined);
}
