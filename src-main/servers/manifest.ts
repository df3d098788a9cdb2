import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { CachePaths } from './cache-paths.ts';
import { catalogue, serverNames, type ServerName } from './catalogue.ts';
import { treeDigests } from './digest.ts';
import { surveyServer, type FindOptions, type ServerSource } from './find-server.ts';

/** File in an installed server's directory: the digest of every file as it was installed. */
export const manifestName = 'manifest.json';
const manifestSchema = z.object({ version: z.string(), files: z.record(z.string(), z.string()) });

/** What was found out about one server's program. */
export interface ServerVerdict {
  readonly name: ServerName;
  readonly state: 'verified' | 'unverifiable' | 'missing' | 'changed' | 'unusable';
  readonly path?: string;
  readonly version?: string;
  readonly source?: ServerSource;
  /** Files that differ from what was installed, relative to the server's directory; at most 20. */
  readonly changed: readonly string[];
}

/** Paths that differ between what was installed and what is there; undefined when there is no manifest. */
export async function changedFiles(directory: string): Promise<string[] | undefined> {
  let manifest: z.infer<typeof manifestSchema>;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(join(directory, manifestName), 'utf8')));
  } catch {
    return undefined;
  }
  const now = await treeDigests(directory, [manifestName]);
  const names = new Set([...Object.keys(manifest.files), ...Object.keys(now)]);
  return [...names].filter((name) => manifest.files[name] !== now[name]).sort();
}

async function verifyServer(name: ServerName, options: FindOptions): Promise<ServerVerdict> {
  const { found, refused } = await surveyServer(name, options);
  const first = refused[0];
  if (found === undefined) {
    if (first === undefined) return { name, state: 'missing', changed: [] };
    const version = first.version === undefined ? {} : { version: first.version };
    return { name, state: 'unusable', path: first.path, source: first.source, ...version, changed: [] };
  }
  const about = { name, path: found.path, version: found.version, source: found.source };
  // Programs of the system are the system's package manager's to verify; all that can be said is that they answer.
  if (found.source !== 'cache') return { ...about, state: 'unverifiable', changed: [] };
  const directory = new CachePaths(options.environment).server(name, catalogue[name].version);
  const changed = await changedFiles(directory);
  if (changed === undefined) return { ...about, state: 'changed', changed: [manifestName] };
  return { ...about, state: changed.length === 0 ? 'verified' : 'changed', changed: changed.slice(0, 20) };
}

/** Asks every server's program for its version and compares every cached file with what was installed. */
export async function verifyServers(options: FindOptions = {}): Promise<ServerVerdict[]> {
  return Promise.all(serverNames.map((name) => verifyServer(name, options)));
}
