import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reloadStyles } from '../../shared/contract/services.ts';
import { entryHooks, isTarget, reloadHooks } from './reload-hooks.ts';

let directory: string;
beforeEach(async () => {
  // With a space and a quote: a target is a value and never a part of the script.
  directory = await mkdtemp(join(tmpdir(), `reload "x' `));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const run = (style: 'haproxy' | 'postgresql' | 'process', target: string, env = {}): void => {
  const [hook] = reloadHooks({ style, target });
  if (hook === undefined) throw new Error('no hook');
  execFileSync(hook.command, hook.args ?? [], { env: { PATH: process.env['PATH'], ...env } });
};

describe('what runs after a renewal', () => {
  it('stops at the first failure, so that the old set comes back, unless told otherwise', () => {
    expect(reloadHooks(undefined)).toEqual([]);
    expect(reloadHooks({ style: 'none' })).toEqual([]);
    for (const style of reloadStyles)
      for (const hook of reloadHooks({ style, target: '/x' })) expect(hook.on_failure).toBe('stop');
    expect(reloadHooks({ style: 'nginx' }).map(({ args }) => args)).toEqual([
      ['-t', '-q'],
      ['-s', 'reload'],
    ]);
    const own = { style: 'command', target: '/bin/x', args: ['a b'], timeoutSecs: 5, onFailure: 'continue' };
    const hooks = [{ command: '/bin/x', args: ['a b'], timeout_secs: 5, on_failure: 'continue' }];
    expect(reloadHooks(own as Parameters<typeof reloadHooks>[0])).toEqual(hooks);
    expect(entryHooks(own as Parameters<typeof reloadHooks>[0])).toEqual(hooks);
  });

  it('gives HAProxy one file with certificate and key, readable by nobody else', async () => {
    const [cert, key, both] = ['a.crt', 'a.key', 'both.pem'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(cert, 'CERT\n');
    await writeFile(key, 'KEY\n');
    await writeFile(both, 'old', { mode: 0o600 });
    run('haproxy', both, { CERT_PATH: cert, KEY_PATH: key });
    expect(await readFile(both, 'utf8')).toBe('CERT\nKEY\n');
    expect((await stat(both)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['postgresql', 'postmaster.pid', ''],
    ['process', 'x.pid', '/x.pid'],
  ] as const)('sends %s the signal by its pid file', async (style, name, below) => {
    const child = spawn('sh', ['-c', 'trap "exit 7" HUP; echo ready; while :; do sleep 0.05; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await writeFile(
      join(directory, name),
      `${String(child.pid)}\n/data\n`.slice(0, style === 'process' ? -7 : undefined),
    );
    run(style, `${directory}${below}`);
    expect(await ended).toBe(7);
  });

  it('takes no target that could be an option, or that the style does not know', () => {
    for (const style of ['unit', 'container-signal', 'container-restart', 'process', 'command'] as const) {
      expect(isTarget(style, '-rf')).toBe(false);
      expect(isTarget(style, '')).toBe(false);
    }
    expect(isTarget('unit', 'nginx.service')).toBe(true);
    expect(isTarget('unit', 'nginx; reboot')).toBe(false);
    expect(isTarget('process', 'a-name-that-ps-cuts')).toBe(false);
    expect(isTarget('haproxy', 'relative.pem')).toBe(false);
    expect(isTarget('nginx', '')).toBe(true);
    expect(isTarget('apache', '/x')).toBe(false);
  });
});
