import { spawn } from 'node:child_process';
import { message, type Message } from '../../shared/message.ts';
import { redactText } from '../operations/redact.ts';
import type { Environment } from './config.ts';
import type { Hook } from './config-schema.ts';
import type { AgentLog } from './log.ts';

/** What hooks are told (formats.md, "Hook environment"). */
export interface HookFacts {
  readonly certPath: string;
  readonly keyPath: string;
  readonly domains: readonly string[];
  /** ISO 8601. */
  readonly renewedAt: string;
  readonly status: 'success' | 'failure';
  /** Empty after a success. */
  readonly error: string;
  readonly serverUrl: string;
}

export interface HookOptions {
  readonly environment: Environment;
  readonly log: AgentLog;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface HooksResult {
  /** The hook with `on_failure = "stop"` that failed; those after it did not run. */
  readonly stopped?: string;
  /** Hooks that failed and were passed over. */
  readonly failed: readonly string[];
  /** How many were begun. */
  readonly begun: number;
}

/** How long a hook that was told to end may take before it is killed. */
const graceMs = 2_000;

/** What the agent itself was given in its environment is not a hook's business. */
const withheld = /^(?:BOOTROOT_|OPENBAO_|VAULT_|BAO_|EAB_|STEPCA_|HTTP01_)/;

const hookEnvironment = (facts: HookFacts, environment: Environment): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => !withheld.test(name))),
  CERT_PATH: facts.certPath,
  KEY_PATH: facts.keyPath,
  DOMAINS: facts.domains.join(','),
  PRIMARY_DOMAIN: facts.domains[0] ?? '',
  RENEWED_AT: facts.renewedAt,
  RENEW_STATUS: facts.status,
  RENEW_ERROR: facts.error,
  ACME_SERVER_URL: facts.serverUrl,
});

interface Ended {
  readonly outcome: 'exit' | 'timeout' | 'not_started';
  /** Exit code, signal, or system error. */
  readonly code: string;
  readonly output: string;
}

/** The process group, so that what a shell started ends with it. */
function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function runOnce(hook: Hook, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(hook.command, hook.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env,
      ...(hook.working_dir === undefined ? {} : { cwd: hook.working_dir }),
    });
    const chunks: Buffer[] = [];
    let room = hook.max_output_bytes;
    // Read to the end, kept up to the bound: a hook that talks too much is not stopped by a full pipe.
    const keep = (chunk: Buffer): void => {
      if (room > 0) chunks.push(chunk.subarray(0, room));
      room -= chunk.length;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let late = false;
    let hard: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => {
      late = true;
      kill(child.pid, 'SIGTERM');
      hard = setTimeout(() => {
        kill(child.pid, 'SIGKILL');
        // A descendant that left the group may hold the pipes for ever.
        child.stdout.destroy();
        child.stderr.destroy();
      }, graceMs);
    }, hook.timeout_secs * 1000);
    const end = (outcome: Ended['outcome'], code: string): void => {
      clearTimeout(deadline);
      clearTimeout(hard);
      resolve({ outcome, code, output: Buffer.concat(chunks).toString('utf8') });
    };
    child.once('error', (error: NodeJS.ErrnoException) => end('not_started', error.code ?? 'ERROR'));
    child.once('close', (code, signal) => end(late ? 'timeout' : 'exit', String(code ?? signal)));
  });
}

const outcomeMessage = (hook: Hook, ended: Ended): Message =>
  ended.outcome === 'timeout'
    ? message('agent.log.hook_timeout', { command: hook.command, seconds: hook.timeout_secs })
    : message('agent.log.hook_failed', { command: hook.command, code: ended.code });

async function runHook(hook: Hook, env: NodeJS.ProcessEnv, options: HookOptions): Promise<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    const ended = await runOnce(hook, env);
    const output = ended.output === '' ? {} : { output: redactText(ended.output.slice(-2_000)) };
    if (ended.outcome === 'exit' && ended.code === '0') {
      options.log(message('agent.log.hook_done', { command: hook.command }), 'info', output);
      return true;
    }
    options.log(outcomeMessage(hook, ended), 'error', output);
    const wait = hook.retry_backoff_secs[attempt];
    if (wait === undefined) return false;
    await options.sleep(wait * 1000, options.signal);
  }
}

/** Runs hooks one after another. Errors of a hook are answered, not thrown. @throws `cancelled` between two tries */
export async function runHooks(
  hooks: readonly Hook[],
  facts: HookFacts,
  options: HookOptions,
): Promise<HooksResult> {
  const env = hookEnvironment(facts, options.environment);
  const failed: string[] = [];
  let begun = 0;
  for (const hook of hooks) {
    begun += 1;
    if (await runHook(hook, env, options)) continue;
    if (hook.on_failure === 'stop') return { stopped: hook.command, failed, begun };
    failed.push(hook.command);
  }
  return { failed, begun };
}
