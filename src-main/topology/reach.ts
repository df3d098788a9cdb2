import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import type { SystemUser } from './layout.ts';

/** Where servers that may not run as root keep what does not lie open to them below root's own directories. */
export const systemHome = '/var/lib/bootroot-console';

/** The user that PostgreSQL runs as under root: its own, or the one that owns nothing. @throws `topology_no_user` */
export async function unprivilegedUser(): Promise<SystemUser> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new ConsoleError('topology_no_user');
}

/** Whether this user may pass through one directory (search permission, POSIX 4.7). */
async function passes(directory: string, user: SystemUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(directory);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** The nearest directory at or above `path` that this user may not pass, or undefined. */
async function barrier(path: string, user: SystemUser): Promise<string | undefined> {
  for (let at = await realpath(path); ; at = dirname(at)) {
    if (!(await passes(at, user))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Lets one user pass a directory of ours by its group, without showing what is in it. */
async function openPassage(directory: string, user: SystemUser): Promise<void> {
  if (await passes(directory, user)) return;
  const { mode, uid } = await stat(directory);
  await chown(directory, uid, user.gid);
  await chmod(directory, (mode & 0o700) | 0o010);
}

/**
 * A directory that the unprivileged user can reach, for the server's data: below the work directory when everything above that lets
 * him pass, else in the system's place for such data. Nothing above the work directory is changed.
 * @param own directories from the work directory down to the parent of `wanted`
 */
export async function reachableHome(
  wanted: string,
  own: readonly string[],
  user: SystemUser,
): Promise<string> {
  const root = own[0] ?? wanted;
  if ((await barrier(dirname(root), user)) === undefined) {
    for (const directory of own) await openPassage(directory, user);
    return wanted;
  }
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const home = join(systemHome, name);
  await mkdir(systemHome, { recursive: true, mode: 0o755 });
  await chmod(systemHome, 0o755);
  return home;
}

const run = promisify(execFile);

/**
 * The program itself, or a copy of its whole installation where the user can reach it.
 * @param program `<installation>/bin/<name>`
 */
export async function reachableProgram(program: string, version: string, user: SystemUser): Promise<string> {
  const real = await realpath(program);
  if ((await barrier(dirname(real), user)) === undefined) return program;
  const installation = dirname(dirname(real));
  const copy = join(systemHome, 'servers', `postgres-${version}`);
  const copied = join(copy, 'bin', 'postgres');
  const there = await stat(copied).then(
    () => true,
    () => false,
  );
  if (there) return copied;
  const staging = `${copy}.${process.pid}.part`;
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
  try {
    await run('cp', ['-a', installation, staging]);
    await run('chmod', ['-R', 'a+rX', staging]);
    await rename(staging, copy).catch(async (error: unknown) => {
      // Another console was faster.
      await stat(copied).catch(() => {
        throw error;
      });
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return copied;
}
