import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import { installation, type Installation } from '../support/installation.ts';

let stack: Installation;

beforeAll(async () => {
  stack = await installation();
});
afterAll(() => stack?.stop());

/** Puts a directory onto a file system of its own for the time of a test: with what is in it, and so many free bytes. */
async function onSmallDisk(
  directory: string,
  bytes: number,
  body: (ballast: string) => Promise<void>,
): Promise<void> {
  const before = `${directory}.before`;
  const { mode } = await stat(directory);
  await cp(directory, before, { recursive: true, preserveTimestamps: true });
  execFileSync('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${bytes},mode=${(mode & 0o7777).toString(8)}`,
    'tmpfs',
    directory,
  ]);
  const copy = async (from: string, to: string): Promise<void> => {
    for (const name of await readdir(from)) {
      if (name !== 'ballast')
        await cp(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true });
    }
  };
  try {
    await copy(before, directory);
    await body(join(directory, 'ballast'));
    await rm(before, { recursive: true });
    await mkdir(before);
    await chmod(before, mode & 0o7777);
    await copy(directory, before);
  } finally {
    execFileSync('umount', [directory]);
    await copy(before, directory);
    await rm(before, { recursive: true });
  }
}

/** Takes everything that is free. */
async function fill(ballast: string): Promise<void> {
  for (const chunk of [65_536, 4_096]) {
    for (;;) {
      const written = await writeFile(ballast, Buffer.alloc(chunk), { flag: 'a' }).then(
        () => true,
        () => false,
      );
      if (!written) break;
    }
  }
}

const operation = (stdout: string): Operation => (JSON.parse(stdout) as { operation: Operation }).operation;

test('under the secrets of services: which file, what stays, and resumed', async () => {
  const directory = join(stack.paths.secrets, 'services');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await onSmallDisk(directory, 1 << 20, async (ballast) => {
    await fill(ballast);
    const { code, stdout } = await stack.cli(['service', 'add', 'secrets', '--json']);
    const broken = operation(stdout);
    expect([code, broken.steps.find(({ state }) => state === 'failed')?.id]).toEqual([1, 'credentials']);
    expect(broken.error).toMatchObject({ code: 'disk_full', changed: { key: 'error.changed.steps' } });
    expect(broken.error?.params?.['path']).toContain(directory);
    await rm(ballast);
    await stack.must(['operations', 'resume', broken.id]);
  });
  await stack.must(['verify', '--service-name', 'secrets']);
});

test('under what the console remembers: named, and nothing of it is lost', async () => {
  const { console: directory } = stack.paths;
  await onSmallDisk(directory, 8 << 20, async (ballast) => {
    await fill(ballast);
    const { code, stdout, stderr } = await stack.cli(['service', 'add', 'journal', '--json']);
    expect([code === 0, stderr.includes('    at ')]).toEqual([false, false]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'disk_full' } });
    expect((JSON.parse(stdout) as { error: { what: string } }).error.what).toContain(directory);
    await rm(ballast);
    await stack.must(['audit', 'verify']);
    await stack.must(['service', 'add', 'journal']);
  });
  await stack.must(['audit', 'verify']);
  await stack.must(['verify', '--service-name', 'journal']);
});
