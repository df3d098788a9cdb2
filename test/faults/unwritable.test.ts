import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import { installation, type Answer, type Installation } from '../support/installation.ts';

let stack: Installation;

beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'first']);
});
afterAll(() => stack?.stop());

const isRoot = process.getuid?.() === 0;
/** Root passes over the modes of files; without these two capabilities the kernel holds it to them like anybody else. */
const unprivileged = isRoot ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

/** The program sees this directory on a file system that is mounted read-only; nobody else does. */
const readOnly = (directory: string): string[] => {
  const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
  return ['unshare', ...(isRoot ? [] : ['--map-root-user']), '--mount', 'sh', '-c', script, directory];
};

interface Refused {
  readonly error: {
    readonly code: string;
    readonly what: string;
    readonly changed: string;
    readonly next: string;
  };
}

/** What the command line says of a failure, as JSON; a crash says nothing that can be read. */
function said<T>({ code, stdout, stderr }: Answer): T {
  expect([code === 0, stderr.includes('    at ')]).toEqual([false, false]);
  return JSON.parse(stdout) as T;
}

/** Runs `body` while nobody may write into a directory. */
async function closed<T>(directory: string, body: () => Promise<T>): Promise<T> {
  const { mode } = await stat(directory);
  await chmod(directory, 0o500);
  try {
    return await body();
  } finally {
    await chmod(directory, mode & 0o7777);
  }
}

const operations = async (): Promise<number> => {
  const { stdout } = await stack.must(['operations', 'list', '--json']);
  return (JSON.parse(stdout) as { operations: unknown[] }).operations.length;
};

/** Both services are there, and what was written of them is whole. */
async function intact(name: string): Promise<void> {
  const { stdout } = await stack.must(['service', 'list', '--json']);
  for (const one of ['first', name]) expect(stdout).toContain(`"${one}"`);
  await stack.must(['audit', 'verify']);
}

test.each([
  { part: 'the work directory', name: 'one', directory: () => stack.paths.root },
  { part: 'the directory of the certificates', name: 'two', directory: () => stack.paths.certs },
])('$part may not be written to: the plan says which and nothing is begun', async ({ name, directory }) => {
  const before = await operations();
  const answer = await closed(directory(), () =>
    stack.cli(['service', 'add', name, '--json'], {}, { under: unprivileged }),
  );
  const { error } = said<Refused>(answer);
  expect(error.code).toBe('cli_precondition');
  expect(error.what).toContain(directory());
  expect(error.changed).toBe('Nothing was changed.');
  expect(await operations()).toBe(before);
  await stack.must(['service', 'add', name]);
  await intact(name);
});

test.each([
  {
    how: 'permissions',
    name: 'three',
    code: 'permission_denied',
    step: 'credentials',
    directory: () => join(stack.paths.secrets, 'services'),
  },
  {
    how: 'permissions',
    name: 'four',
    code: 'permission_denied',
    step: 'issue',
    directory: () => join(stack.paths.console, 'acme'),
  },
  {
    how: 'a read-only mount',
    name: 'five',
    code: 'read_only',
    step: 'credentials',
    directory: () => join(stack.paths.secrets, 'services'),
  },
  {
    how: 'a read-only mount',
    name: 'six',
    code: 'read_only',
    step: 'issue',
    directory: () => join(stack.paths.console, 'acme'),
  },
])(
  '$how in the way of step $step: which file, what stays, and resumed',
  async ({ name, code, step, directory }) => {
    const words = ['service', 'add', name, '--json'];
    const answer =
      code === 'read_only'
        ? await stack.cli(words, {}, { under: readOnly(directory()) })
        : await closed(directory(), () => stack.cli(words, {}, { under: unprivileged }));
    const { operation } = said<{ operation: Operation }>(answer);
    expect(operation.steps.find(({ state }) => state === 'failed')?.id).toBe(step);
    expect(operation.error).toMatchObject({ code, changed: { key: 'error.changed.steps' } });
    expect(operation.error?.params?.['path']).toContain(directory());
    await stack.must(['operations', 'resume', operation.id]);
    await intact(name);
  },
);

test.each([
  { how: 'permissions', code: 'permission_denied', next: /owner and the permissions/ },
  { how: 'a read-only mount', code: 'read_only', next: /Mount it for writing/ },
])('$how on what the console remembers: named, nothing is begun', async ({ code, next }) => {
  const directory = code === 'read_only' ? stack.paths.root : stack.paths.console;
  for (const words of [['status'], ['service', 'add', 'seven']]) {
    const run = (under: string[]): Promise<Answer> => stack.cli([...words, '--json'], {}, { under });
    const answer =
      code === 'read_only'
        ? await run(readOnly(directory))
        : await closed(directory, () => run(unprivileged));
    const { error } = said<Refused>(answer);
    expect(error).toMatchObject({ code, changed: 'Nothing was changed.' });
    expect([error.what.includes(stack.paths.console), next.test(error.next)]).toEqual([true, true]);
  }
  await intact('first');
});
