import { execFile } from 'node:child_process';
import { access, constants, readdir, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import { CachePaths } from './cache-paths.ts';
import { catalogue, compareVersions, type ServerName } from './catalogue.ts';

export type ServerSource = 'configured' | 'path' | 'cache';

/** A program that was asked for its version and may be used. */
export interface FoundServer {
  readonly name: ServerName;
  /** Absolute. */
  readonly path: string;
  readonly version: string;
  readonly source: ServerSource;
}

/** A program that is there but may not be used. */
export interface RefusedServer {
  readonly path: string;
  readonly source: ServerSource;
  /** Undefined when it does not run or does not say. */
  readonly version?: string;
}

export interface FindOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Only this major version: a PostgreSQL data directory belongs to one. */
  readonly major?: number;
  /** Only exactly this one. */
  readonly version?: string;
  /** Where the system keeps PostgreSQL's servers; Debian's place unless given. */
  readonly systemPostgres?: string;
}

const run = promisify(execFile);

/** Asks a program for its version. Undefined when it does not run or prints something else. */
export async function askVersion(
  path: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(path, [...args], { timeout: 20_000, env: { HOME: '/nonexistent' } });
    return pattern.exec(`${stdout}\n${stderr}`)?.[1];
  } catch {
    return undefined;
  }
}

/** The first executable of that name on PATH. */
export async function onPath(
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, program);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Debian keeps PostgreSQL's servers off PATH, one directory for each major version; newest first. */
async function debianPostgres(root = '/usr/lib/postgresql'): Promise<string[]> {
  const versions = await readdir(root).catch(() => []);
  return versions
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(root, name, 'bin', 'postgres'));
}

async function candidates(
  name: ServerName,
  environment: Readonly<Record<string, string | undefined>>,
  { systemPostgres, version }: FindOptions,
): Promise<{ path: string; source: ServerSource }[]> {
  const facts = catalogue[name];
  const named = environment[facts.variable];
  const configured: { path: string; source: ServerSource }[] =
    named === undefined || named === '' ? [] : [{ path: named, source: 'configured' }];
  // What the operator named stands alone, unless he asks for a certain version.
  if (configured.length > 0 && version === undefined) return configured;
  const found = await onPath(facts.program, environment);
  const system = name === 'postgres' ? await debianPostgres(systemPostgres) : [];
  const cached = join(new CachePaths(environment).server(name, version ?? facts.version), facts.installed);
  return [
    ...configured,
    ...(found === undefined ? [] : [found]).map((path) => ({ path, source: 'path' as const })),
    ...system.map((path) => ({ path, source: 'path' as const })),
    { path: cached, source: 'cache' },
  ];
}

/** A PostgreSQL without `initdb` beside it cannot make a database. */
const isWhole = async (name: ServerName, path: string): Promise<boolean> =>
  name !== 'postgres' || (await isExecutable(join(dirname(path), 'initdb')));

/** Everything that is there, in order of preference: what may be used, and what was refused. */
export async function surveyServer(
  name: ServerName,
  options: FindOptions = {},
): Promise<{ readonly found: FoundServer | undefined; readonly refused: readonly RefusedServer[] }> {
  const environment = options.environment ?? process.env;
  const facts = catalogue[name];
  const refused: RefusedServer[] = [];
  for (const { path, source } of await candidates(name, environment, options)) {
    if (!(await isExecutable(path))) {
      if (source === 'configured') refused.push({ path, source });
      continue;
    }
    const version = await askVersion(path, facts.versionArgs, facts.versionPattern);
    const fits =
      version !== undefined &&
      compareVersions(version, facts.oldest) >= 0 &&
      (options.version === undefined || version === options.version) &&
      (options.major === undefined || Number(version.split('.')[0]) === options.major) &&
      (await isWhole(name, path));
    if (fits) return { found: { name, path, version, source }, refused };
    refused.push({ path, source, ...(version === undefined ? {} : { version }) });
  }
  return { found: undefined, refused };
}

/** The program that is used for a server, or undefined when there is none that will do. The version was asked from it. */
export async function findServer(
  name: ServerName,
  options: FindOptions = {},
): Promise<FoundServer | undefined> {
  return (await surveyServer(name, options)).found;
}

/**
 * Like {@link findServer}, but says why not.
 * @throws `server_missing`, `server_too_old`, `server_unusable`
 */
export async function requireServer(name: ServerName, options: FindOptions = {}): Promise<FoundServer> {
  const { found, refused } = await surveyServer(name, options);
  if (found !== undefined) return found;
  const facts = catalogue[name];
  const first = refused[0];
  const about = { server: facts.title, variable: facts.variable, command: facts.command };
  if (first === undefined) {
    const file = join(new CachePaths(options.environment).offline, facts.offline);
    throw new ConsoleError('server_missing', { ...about, file });
  }
  if (first.version === undefined)
    throw new ConsoleError('server_unusable', { server: facts.title, path: first.path });
  throw new ConsoleError('server_too_old', {
    ...about,
    path: first.path,
    version: first.version,
    oldest: options.major === undefined ? facts.oldest : String(options.major),
  });
}
