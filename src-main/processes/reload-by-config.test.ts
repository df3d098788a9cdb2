import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configOfAgent, reloadAgents } from './reload-by-config.ts';

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agents-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** A program that says when it is ready and when it was told to read again. */
async function program(words: readonly string[]): Promise<{ child: ChildProcess; heard: () => string }> {
  const file = join(directory, 'program.cjs');
  await writeFile(
    file,
    "process.on('SIGHUP', () => console.log('again')); setInterval(() => {}, 1000); console.log('ready');",
  );
  const child = spawn(process.execPath, [file, ...words], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  await expect.poll(() => text).toContain('ready');
  return { child, heard: () => text };
}

test('agents with that file are told, by whatever spelling; nobody else is', async () => {
  const mine = join(directory, 'agent.toml');
  const told = await Promise.all([
    program(['agent', '--config', mine]),
    program(['agent', '--config=agent.toml', '--oneshot']),
    program(['agent', `-config=${mine}`]),
  ]);
  const others = await Promise.all([
    program(['agent', '--config', join(directory, 'other.toml')]),
    // An editor or a viewer of the file would be ended by the signal.
    program([mine]),
    program(['edit', '--config', mine]),
  ]);
  const { reloaded, refused } = await reloadAgents(new Set([mine]));
  expect([...reloaded].sort()).toEqual(told.map(({ child }) => child.pid).sort());
  expect(refused).toEqual([]);
  for (const { heard } of told) await expect.poll(heard).toContain('again');
  for (const { heard } of others) expect(heard()).not.toContain('again');
});

test('the tools and OpenBao name their configuration in their own ways', () => {
  expect(configOfAgent(['/usr/bin/bootroot-agent', '--config', 'a.toml'])).toBe('a.toml');
  expect(configOfAgent(['bao', 'agent', '-config=/etc/a.hcl'])).toBe('/etc/a.hcl');
  expect(configOfAgent(['bao', 'agent', '-config'])).toBeUndefined();
  expect(configOfAgent(['tail', '-f', 'agent.toml'])).toBeUndefined();
  expect(configOfAgent([])).toBeUndefined();
});
