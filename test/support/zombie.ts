import { spawn } from 'node:child_process';
import { readStat } from '../../src-main/processes/process-identity.ts';

/** A process that has ended and that nobody collects. */
export interface Zombie {
  readonly pid: number;
  /** Ends its parent, and with that the zombie. */
  readonly release: () => void;
}

/** @param user whose process it is; this one's when left out */
export async function makeZombie(user?: { readonly uid: number; readonly gid: number }): Promise<Zombie> {
  // The child ends after the shell has become a program that collects nobody; a shell would have collected it.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...user,
  });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
  );
  while ((await readStat(pid))?.state !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5));
  return { pid, release: () => void parent.kill('SIGKILL') };
}
