import { readFile, readdir } from 'node:fs/promises';
import { readStat } from './process-identity.ts';

/** Environment variable by which a process that was started but not yet noted is found. No secret: it grants nothing. */
export const markVariable = 'BOOTROOT_CONSOLE_PROCESS';

/**
 * The process that carries this mark in its environment: the eldest, whose parent does not carry it (servers fork).
 * Linux only; elsewhere, and for processes of other users, nothing is found.
 */
export async function findMarked(mark: string): Promise<number | undefined> {
  const names = await readdir('/proc').catch(() => []);
  const wanted = `${markVariable}=${mark}`;
  const marked = new Set<number>();
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(wanted)) marked.add(Number(name));
  }
  for (const pid of marked) {
    const stat = await readStat(pid);
    if (stat !== undefined && !marked.has(stat.parent)) return pid;
  }
  return undefined;
}
