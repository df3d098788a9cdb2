import { spawn } from 'node:child_process';
import { ConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { shellLine } from './shell-word.ts';

/** Where to, as the `ssh` of this host takes it: its configuration, keys and agent are the operator's own. */
export interface SshTarget {
  /** `host` or `user@host`. */
  readonly to: string;
  readonly port?: number;
}

export interface SshAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** No question is ever asked, so no password is ever taken; a host that is not in known_hosts is refused, and never added. */
const options = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  'PasswordAuthentication=no',
  'KbdInteractiveAuthentication=no',
  'ForwardAgent=no',
  'ClearAllForwardings=yes',
  'ConnectTimeout=10',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
].flatMap((option) => ['-o', option]);

/** ssh(1) ends with 255 for its own errors; which one it was stands in its words, which are not translated. */
const failures: readonly (readonly [RegExp, ErrorCode])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, 'ssh_host_changed'],
  [/Host key verification failed|No \S+ host key is known/, 'ssh_host_unknown'],
  [/Permission denied|Too many authentication failures/, 'ssh_refused'],
];
const sshFailed = 255;
const mostBytes = 1 << 20;

/**
 * Runs one command on another host by the system's `ssh`.
 * @param words the command; each reaches the program as it is
 * @param job.input goes to its standard input, the way for a secret: arguments are readable for everybody on that host
 * @throws `ssh_missing`, `ssh_unreachable`, `ssh_host_unknown`, `ssh_host_changed`, `ssh_refused`, `cancelled`
 */
export async function ssh(
  { to, port }: SshTarget,
  words: readonly string[],
  job: { readonly signal: AbortSignal; readonly input?: string; readonly timeoutMs?: number },
): Promise<SshAnswer> {
  const args = [...options, ...(port === undefined ? [] : ['-p', String(port)]), '--', to, shellLine(words)];
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] = (said[name] + chunk).slice(-mostBytes);
    });
  const end = (): void => void child.kill('SIGTERM');
  const timer = setTimeout(end, job.timeoutMs ?? 120_000);
  job.signal.addEventListener('abort', end, { once: true });
  const ended = new Promise<SshAnswer>((resolve, reject) => {
    child.on('error', (cause) => reject(new ConsoleError('ssh_missing', {}, { cause })));
    child.on('close', (code) => resolve({ code: code ?? sshFailed, ...said }));
  });
  // It may have ended before it read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(job.input ?? '');
  try {
    const answer = await ended;
    if (job.signal.aborted) throw new ConsoleError('cancelled');
    if (answer.code !== sshFailed) return answer;
    const [, found] = failures.find(([pattern]) => pattern.test(answer.stderr)) ?? [];
    throw new ConsoleError(
      found ?? 'ssh_unreachable',
      { host: to },
      { detail: answer.stderr.trim().slice(-500) },
    );
  } finally {
    clearTimeout(timer);
    job.signal.removeEventListener('abort', end);
  }
}
