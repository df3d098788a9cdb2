import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import { removeFile, writeFileAtomic } from '../workspace/atomic.ts';
import { fileFailure } from '../workspace/file-failure.ts';
import { maskSecrets } from '../workspace/masking.ts';
import type { Layout } from './layout.ts';

const run = promisify(execFile);
const passwordFile = /^\.password\.[0-9a-f]+$/;

export const clusterData = (layout: Layout): string => join(layout.postgres.home, 'data');

/** What an initdb that was killed leaves behind. */
async function removeRemains(home: string): Promise<void> {
  await rm(join(home, 'data.new'), { recursive: true, force: true });
  const names = await readdir(home).catch(() => []);
  for (const name of names) if (passwordFile.test(name)) await removeFile(join(home, name));
}

/** Removes the data directory and what making it left; not the directory around it. */
export async function removeCluster(layout: Layout): Promise<void> {
  await rm(clusterData(layout), { recursive: true, force: true });
  await removeRemains(layout.postgres.home);
}

/** The major version that a data directory belongs to, or undefined when none was made. */
export async function clusterMajor(layout: Layout): Promise<number | undefined> {
  const text = await readFile(join(clusterData(layout), 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.trim().split('.')[0]);
}

/**
 * Makes the database cluster unless it is there: scram only, UTF-8, checksums. It appears whole, so a crash leaves none.
 * @param password of the superuser; in a 0600 file while initdb runs, never in an argument or the environment
 * @throws `postgres_initdb` with the program's last lines
 */
export async function makeCluster(
  layout: Layout,
  program: string,
  password: string,
  signal?: AbortSignal,
): Promise<void> {
  if ((await clusterMajor(layout)) !== undefined) return;
  const { home, user, superuser } = layout.postgres;
  const staging = join(home, 'data.new');
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await chmod(home, 0o700);
    if (user !== undefined) await chown(home, user.uid, user.gid);
    await removeRemains(home);
  } catch (error) {
    throw fileFailure(error, home);
  }
  const secret = join(home, `.password.${randomBytes(6).toString('hex')}`);
  try {
    await writeFileAtomic(secret, `${password}\n`, {
      mode: 0o600,
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    await run(
      join(dirname(program), 'initdb'),
      [
        ...['-D', staging, '-U', superuser, '--auth=scram-sha-256', `--pwfile=${secret}`],
        ...['--encoding=UTF8', '--locale=C', '--data-checksums', '--no-instructions'],
      ],
      {
        cwd: home,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
        ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    await rename(staging, clusterData(layout));
  } catch (error) {
    if (signal?.aborted === true) throw new ConsoleError('cancelled', {}, { cause: error });
    if (error instanceof ConsoleError) throw error;
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new ConsoleError(
      'postgres_initdb',
      { home },
      { detail: maskSecrets(output, [password]).slice(-2000), cause: error },
    );
  } finally {
    await removeFile(secret);
    await rm(staging, { recursive: true, force: true });
  }
}
