import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { startChild, untilReady } from '../support/child.ts';

/** Kilobytes in a line of /proc/PID/status. */
async function kilobytes(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN);
}

export interface AgentMemory {
  /** Resident when every certificate was looked at and nothing is to do, megabytes. */
  readonly idle: number;
  /** The most that ever was. */
  readonly most: number;
}

const settleMs = 20_000;

/**
 * The built agent as it runs for long, with a configuration whose certificates are all to be issued first.
 * @param issued how many log lines of a renewal to wait for
 */
export async function agentMemory(config: string, issued: number): Promise<AgentMemory> {
  let renewed = 0;
  const child = startChild(process.execPath, [resolve('dist/console.cjs'), 'agent', '--config', config]);
  child.process.stderr?.on('data', (chunk: Buffer) => {
    renewed += chunk.toString().split('"agent.log.renewed"').length - 1;
  });
  try {
    await untilReady(child, async () => renewed >= issued, 120_000);
    await new Promise((done) => setTimeout(done, settleMs));
    const pid = child.process.pid ?? 0;
    const [idle, most] = await Promise.all([kilobytes(pid, 'VmRSS'), kilobytes(pid, 'VmHWM')]);
    return { idle: idle / 1024, most: most / 1024 };
  } finally {
    await child.stop();
  }
}
