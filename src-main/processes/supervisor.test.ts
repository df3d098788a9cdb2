import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logLimits, rotateLog } from './log-file.ts';
import { isAlive, parseStat } from './process-identity.ts';
import { ProcessSupervisor, type ProcessSpec } from './supervisor.ts';

let directory: string;
let supervisor: ProcessSupervisor;
const make = (): ProcessSupervisor =>
  new ProcessSupervisor({ run: join(directory, 'run'), logs: join(directory, 'logs') });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'processes-'));
  supervisor = make();
});
afterEach(async () => {
  await supervisor.stop('it', { graceMs: 100 });
  await rm(directory, { recursive: true, force: true });
});

const script = (code: string): ProcessSpec => ({
  name: 'it',
  command: process.execPath,
  args: ['-e', code],
  cwd: directory,
  env: { GREETING: 'hello' },
});
const lasting = script(
  "console.log(process.env.GREETING, 'HOME' in process.env); setInterval(() => {}, 1000)",
);
const recordPath = (): string => join(directory, 'run', 'it.json');
const record = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(recordPath(), 'utf8')) as Record<string, unknown>;

async function until(look: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test('starts a process once, which another console finds again and ends', async () => {
  const first = await supervisor.start(lasting);
  expect((await supervisor.start(lasting)).pid).toBe(first.pid);
  const other = make();
  expect((await other.find('it'))?.pid).toBe(first.pid);
  await until(async () => (await readFile(supervisor.logPath('it'), 'utf8')).includes('hello false'));
  expect((await stat(supervisor.logPath('it'))).mode & 0o777).toBe(0o600);
  expect(await other.stop('it', { graceMs: 5_000 })).toBe(true);
  expect(await isAlive(first)).toBe(false);
  expect(await other.find('it')).toBeUndefined();
});

test('does not believe a bare pid: another start time or another boot is another process', async () => {
  await supervisor.start(lasting);
  const truth = await record();
  for (const lie of [{ startTime: '1' }, { bootId: 'another' }]) {
    await writeFile(recordPath(), JSON.stringify({ ...truth, ...lie }));
    expect(await supervisor.find('it')).toBeUndefined();
  }
  await writeFile(recordPath(), JSON.stringify(truth));
  expect(await supervisor.find('it')).toBeDefined();
});

test('finds a process whose console died between start and note', async () => {
  const { pid } = await supervisor.start(lasting);
  const { mark, commandDigest, startedAt } = await record();
  await writeFile(recordPath(), JSON.stringify({ state: 'starting', mark, commandDigest, startedAt }));
  expect((await make().find('it'))?.pid).toBe(pid);
  expect(await record()).toMatchObject({ state: 'started', pid });
});

test('kills what does not end when it is asked', async () => {
  const stubborn = script("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)");
  const running = await supervisor.start(stubborn);
  await until(async () => (await readFile(supervisor.logPath('it'), 'utf8')).includes('up'));
  const begun = Date.now();
  await supervisor.stop('it', { graceMs: 300 });
  expect(Date.now() - begun).toBeGreaterThanOrEqual(300);
  expect(await isAlive(running)).toBe(false);
});

test('takes helpers of its group along', async () => {
  const parent = script(
    "const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); console.log('child=' + c.pid); setInterval(() => {}, 1000)",
  );
  await supervisor.start(parent);
  let child = 0;
  await until(async () => {
    child = Number(/child=(\d+)/.exec(await readFile(supervisor.logPath('it'), 'utf8'))?.[1] ?? 0);
    return child > 0;
  });
  await supervisor.stop('it', { graceMs: 1_000 });
  await until(async () => {
    const text = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => undefined);
    return text === undefined || parseStat(text)?.state === 'Z';
  });
});

test('says how a process ended and why one could not be started', async () => {
  await supervisor.start(script('setTimeout(() => process.exit(3), 50)'));
  await until(async () => (await supervisor.find('it')) === undefined);
  await until(async () => supervisor.lastExit('it') !== undefined);
  expect(supervisor.lastExit('it')).toBe('exit 3');
  const absent = { ...lasting, command: join(directory, 'absent') };
  await expect(supervisor.start(absent)).rejects.toMatchObject({
    data: { code: 'process_not_started', params: { reason: 'ENOENT' } },
  });
});

test('the process outlives the console that started it', async () => {
  const code = `
    import { ProcessSupervisor } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
    const s = new ProcessSupervisor({ run: ${JSON.stringify(join(directory, 'run'))}, logs: ${JSON.stringify(join(directory, 'logs'))} });
    await s.start(${JSON.stringify({ ...lasting })});
    process.kill(process.pid, 'SIGKILL');`;
  const file = join(directory, 'console.mts');
  await writeFile(file, code);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.once('exit', resolve));
  expect(await supervisor.find('it')).toBeDefined();
});

test('rotates a log by copy and truncate; the open file goes on', async () => {
  const path = join(directory, 'a.log');
  const limits = { ...logLimits, bytes: 10, keep: 2 as typeof logLimits.keep };
  for (const text of ['one one one', 'two two two', 'three three']) {
    await writeFile(path, text);
    expect(await rotateLog(path, limits)).toBe(true);
  }
  expect((await stat(path)).size).toBe(0);
  expect(await rotateLog(path, limits)).toBe(false);
  expect(await readFile(`${path}.1`, 'utf8')).toBe('three three');
  expect(await readFile(`${path}.2`, 'utf8')).toBe('two two two');
  await expect(stat(`${path}.3`)).rejects.toThrow();
});

test('reads /proc stat lines with any program name', () => {
  const fields = ['S', '7', ...Array.from({ length: 17 }, () => '0'), '12345', '0'];
  expect(parseStat(`42 (a) b (c)) ${fields.join(' ')}`)).toEqual({
    name: 'a) b (c)',
    state: 'S',
    parent: 7,
    startTime: '12345',
  });
  expect(parseStat('nonsense')).toBeUndefined();
});
