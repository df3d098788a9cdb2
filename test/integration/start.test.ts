import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';

const start = path.resolve(import.meta.dirname, '..', '..', 'src-main', 'hosts', 'start.mjs');
let configHome = '';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm start -- …` without npm, without a display and with standard input closed. */
function run(...args: string[]): Promise<Ended> {
  const environment = { ...process.env, XDG_CONFIG_HOME: configHome, DISPLAY: '', WAYLAND_DISPLAY: '' };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [start, ...args],
      { env: environment },
      (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          stdout,
          stderr,
        });
      },
    );
    child.stdin?.end();
  });
}

beforeAll(() => {
  configHome = mkdtempSync(path.join(tmpdir(), 'bootroot-start-'));
});
afterAll(() => rmSync(configHome, { recursive: true, force: true }));

describe('npm start', () => {
  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--workspace DIR');
  });

  it.each([[['--bogus']], [['--port', 'x']], [['--port', '70000']], [['--workspace']], [['--run', 'other']]])(
    '%j is refused with usage',
    async (args) => {
      expect((await run(...args)).code).toBe(2);
    },
  );

  it('says why there is no window', async () => {
    const { code, stderr } = await run('--window');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no display.*--web/);
  });

  it('hands the words of the command line on and keeps standard output for them', async () => {
    const { code, stdout } = await run('--run', 'cli', '--', '--version');
    expect(code).toBe(0);
    expect(stdout).toBe(`${version}\n`);
    expect((await run('--run', 'cli', 'bogus')).code).toBe(2);
  });

  it('serves to the browser where there is no display, and ends with its signal', async () => {
    const environment = { ...process.env, XDG_CONFIG_HOME: configHome, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const child = spawn(process.execPath, [start], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
    );
    expect(line).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#start=[\w-]{43}/);
    const answer = await fetch(new URL('/', /http:\S+/.exec(line)?.[0] ?? ''));
    expect(answer.status).toBe(200);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
