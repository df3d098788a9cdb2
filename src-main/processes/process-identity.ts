import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What tells one process from another that later got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Linux: clock ticks since boot, field 22 of /proc/PID/stat. Elsewhere what `ps` prints as start time. */
  readonly startTime: string;
  /** Names the boot of the machine that `startTime` counts from; empty where there is none. */
  readonly bootId: string;
}

/** The parts of /proc/PID/stat that are needed (proc(5)); the program's name may hold spaces and brackets. */
export interface ProcessStat {
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const [state, parent] = fields;
  const startTime = fields[19];
  if (open < 0 || close < open || state === undefined || startTime === undefined) return undefined;
  return { name: text.slice(open + 1, close), state, parent: Number(parent), startTime };
}

/** Undefined when there is no such process. */
export async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseStat(text);
}

let knownBootId: string | undefined;
async function bootId(): Promise<string> {
  knownBootId ??= await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  return knownBootId;
}

const run = promisify(execFile);

/** The identity of a live process, or undefined: a zombie that nobody collects has ended. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform === 'linux') {
    const stat = await readStat(pid);
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
    return { pid, startTime: stat.startTime, bootId: await bootId() };
  }
  const answer = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
  }).catch(() => undefined);
  const line = answer?.stdout.trim() ?? '';
  if (line === '' || line.startsWith('Z')) return undefined;
  return { pid, startTime: line.replace(/^\S+\s+/, ''), bootId: '' };
}

/** Whether the very process that was noted still runs: number, start time and boot must agree. */
export async function isAlive(noted: ProcessIdentity): Promise<boolean> {
  const now = await identityOf(noted.pid);
  return now !== undefined && now.startTime === noted.startTime && now.bootId === noted.bootId;
}
