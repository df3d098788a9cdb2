import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readStat } from '../processes/process-identity.ts';
import { writeFileAtomic } from '../workspace/atomic.ts';

/** One more than the highest number that a process of Linux can have (proc(5), pid_max). */
const nobody = '4194304';

/**
 * A postmaster that was killed leaves `postmaster.pid`; PostgreSQL ignores it once that process is gone. Where the first process of a
 * machine or container does not collect the dead, it stays as a zombie, and PostgreSQL would never start again. Only the number is
 * replaced, so that PostgreSQL still looks itself whether anything uses the shared memory that the file names.
 * @param data the data directory; one without that file, or with that of a live process, is left alone
 */
export async function releaseDeadPostmaster(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const [pid = '', ...rest] = text?.split('\n') ?? [];
  if (!/^[1-9]\d*$/.test(pid) || (await readStat(Number(pid)))?.state !== 'Z') return;
  const { uid, gid } = await stat(path);
  await writeFileAtomic(path, [nobody, ...rest].join('\n'), { mode: 0o600, uid, gid });
}
