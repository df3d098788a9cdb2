import { readFile, readdir, readlink } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

/** `-config` is how `bao agent` says it. */
const flag = /^--?config$/;
const flagAndValue = /^--?config=(.+)$/s;

/** The configuration that an agent was started with, or undefined when this is no agent: an editor with that file open is none. */
export function configOfAgent(argv: readonly string[]): string | undefined {
  const [program = '', ...rest] = argv;
  if (basename(program) !== 'bootroot-agent' && !rest.includes('agent')) return undefined;
  for (const [index, word] of rest.entries()) {
    const value = flagAndValue.exec(word)?.[1] ?? (flag.test(word) ? rest[index + 1] : undefined);
    if (value !== undefined) return value;
  }
  return undefined;
}

export interface AgentFound extends ProcessIdentity {
  /** Absolute path of its configuration. */
  readonly config: string;
  /** Whether it is an agent of this program: it makes a service read a bundle that changed, which bootroot's does not. */
  readonly own: boolean;
}

/**
 * Agents of this host (bootroot's, ours, OpenBao's) that run with one of these configuration files, whoever started them: what
 * `pkill -HUP -f` looks for, without its chance hits. Linux only; elsewhere none is found.
 * @param files absolute paths
 */
export async function agentsWith(files: ReadonlySet<string>): Promise<readonly AgentFound[]> {
  const found: AgentFound[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const argv = line.split('\0').slice(0, -1);
    const said = configOfAgent(argv);
    if (said === undefined) continue;
    const home = await readlink(`/proc/${name}/cwd`).catch(() => '/');
    const config = resolve(home, said);
    const identity = files.has(config) ? await identityOf(Number(name)) : undefined;
    const own = basename(argv[0] ?? '') !== 'bootroot-agent';
    if (identity !== undefined) found.push({ ...identity, config, own });
  }
  return found;
}

/**
 * SIGHUP to every agent that runs with one of these files.
 * @returns all of them, the numbers of those that got it, and of those that another user runs and that this one may not signal
 */
export async function reloadAgents(files: ReadonlySet<string>): Promise<{
  readonly found: readonly AgentFound[];
  readonly reloaded: readonly number[];
  readonly refused: readonly number[];
}> {
  const found = await agentsWith(files);
  const reloaded: number[] = [];
  const refused: number[] = [];
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGHUP');
      reloaded.push(pid);
    } catch (error) {
      // One that has ended meanwhile has nothing to read.
      if (error instanceof Error && 'code' in error && error.code === 'EPERM') refused.push(pid);
    }
  }
  return { found, reloaded, refused };
}
