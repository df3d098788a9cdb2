import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hookSchema, type Hook } from './config-schema.ts';
import { runHooks, type HookFacts } from './hooks.ts';

const facts: HookFacts = {
  certPath: '/srv/c.crt',
  keyPath: '/srv/c.key',
  domains: ['a.trusted.domain'],
  renewedAt: '2030-01-01T00:00:00.000Z',
  status: 'success',
  error: '',
  serverUrl: 'https://ca/directory',
};
let directory: string;
let lines: { event: string; output: string | undefined }[];
let slept: number[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hooks-'));
  lines = [];
  slept = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const shell = (script: string, more: Partial<Hook> = {}): Hook =>
  hookSchema.parse({ command: 'sh', args: ['-c', script], working_dir: directory, ...more });
const run = (...hooks: Hook[]): ReturnType<typeof runHooks> =>
  runHooks(hooks, facts, {
    environment: {
      PATH: process.env['PATH'],
      BOOTROOT_ACME__HTTP_RESPONDER_HMAC: 'x',
      OPENBAO_TOKEN: 'x',
      KEPT: '1',
    },
    log: ({ key }, _level, more) => lines.push({ event: key, output: more?.output }),
    sleep: async (ms) => void slept.push(ms),
  });
const text = (name: string): Promise<string> => readFile(join(directory, name), 'utf8');

describe('runHooks', () => {
  it('tells the hook the facts and withholds what is the agent’s', async () => {
    expect(await run(shell('env > env'))).toEqual({ failed: [], begun: 1 });
    const env = await text('env');
    for (const line of ['CERT_PATH=/srv/c.crt', 'PRIMARY_DOMAIN=a.trusted.domain', 'RENEW_ERROR=', 'KEPT=1'])
      expect(env.split('\n')).toContain(line);
    expect(env).not.toMatch(/BOOTROOT_|OPENBAO_/);
  });

  it('goes on after a failure, or stops, as the hook says', async () => {
    expect(await run(shell('exit 1'), shell('touch second'))).toEqual({ failed: ['sh'], begun: 2 });
    await text('second');
    expect(await run(shell('exit 1', { on_failure: 'stop' }), shell('touch third'))).toEqual({
      stopped: 'sh',
      failed: [],
      begun: 1,
    });
    await expect(text('third')).rejects.toThrow();
    expect(await run(hookSchema.parse({ command: '/no/such/program', on_failure: 'stop' }))).toMatchObject({
      stopped: '/no/such/program',
    });
  });

  it('tries again as often as its table has waits', async () => {
    const flaky = shell('echo x >> tries; [ $(wc -l < tries) -ge 3 ]', { retry_backoff_secs: [1, 2, 9] });
    expect(await run(flaky)).toEqual({ failed: [], begun: 1 });
    expect(slept).toEqual([1000, 2000]);
  });

  it('ends a hook that hangs, with everything it started, also when it ignores the signal', async () => {
    const begun = Date.now();
    const stuck = shell('trap "" TERM; sleep 60 & echo $! > child; wait; sleep 60', { timeout_secs: 0.3 });
    expect(await run(stuck)).toEqual({ failed: ['sh'], begun: 1 });
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(lines.map(({ event }) => event)).toEqual(['agent.log.hook_timeout']);
    const pid = Number(await text('child'));
    // Killed is not yet gone on a busy machine.
    await expect
      .poll(() => readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => 'State: gone'), {
        timeout: 5_000,
      })
      .toMatch(/State:\s+(Z|gone)/);
  });

  it('keeps no more output than allowed, reads all of it, and masks secrets in it', async () => {
    const loud = shell('head -c 3000000 /dev/zero | tr "\\0" a; echo done > end', { max_output_bytes: 1000 });
    expect(await run(loud)).toEqual({ failed: [], begun: 1 });
    expect(lines[0]?.output).toHaveLength(1000);
    expect(await text('end')).toBe('done\n');
    await run(shell('echo password=hunter22'));
    expect(lines[1]?.output).not.toContain('hunter22');
  });
});
