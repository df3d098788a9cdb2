import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The number of a group of this host, by its name or number; undefined when there is none. Asked of `getent`, which also knows the
 * groups of a directory service; macOS, which has none, keeps numbers only.
 */
export async function groupNumber(nameOrNumber: string): Promise<number | undefined> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/.test(nameOrNumber)) return undefined;
  try {
    const { stdout } = await promisify(execFile)('getent', ['group', nameOrNumber], { timeout: 5_000 });
    const gid = Number(stdout.split(':')[2]);
    return Number.isInteger(gid) ? gid : undefined;
  } catch (error) {
    const nobodyToAsk = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return nobodyToAsk && /^\d+$/.test(nameOrNumber) ? Number(nameOrNumber) : undefined;
  }
}
