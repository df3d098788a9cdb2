import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directoryReportSchema } from '../../shared/contract/workspace.ts';
import { browseDirectory } from './browse.ts';
import { inspectDirectory } from './inspect.ts';

const root = process.getuid?.() === 0;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'console-inspect-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const golden = (name: string): string => readFileSync(join('src-main/workspace/golden', name), 'utf8');
const keys = (problems: readonly { readonly key: string }[]): string[] => problems.map(({ key }) => key);

/** Runs code in a process that has given up root after loading: what access(2) asks for is the real user. */
function asNobody(body: string): Record<string, unknown> {
  const code = `
    const inspect = await import('./src-main/workspace/inspect.ts');
    const browse = await import('./src-main/workspace/browse.ts');
    process.setgroups([]); process.setgid(65534); process.setuid(65534);
    const run = async () => { ${body} };
    process.stdout.write(JSON.stringify(await run()));`;
  const arguments_ = ['--import', 'tsx', '--input-type=module', '-e', code];
  return JSON.parse(execFileSync(process.execPath, arguments_, { encoding: 'utf8' })) as Record<
    string,
    unknown
  >;
}

describe('inspectDirectory', () => {
  it('answers in the form of the contract and has no effect', async () => {
    const report = await inspectDirectory(directory);
    expect(directoryReportSchema.parse(report)).toEqual({
      path: directory,
      exists: true,
      writable: true,
      readOnlyMount: false,
      empty: true,
      installation: 'none',
      services: 0,
      problems: [],
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says whether a directory that is not there can be made', async () => {
    const path = join(directory, 'a', 'b');
    expect(await inspectDirectory(path)).toMatchObject({ path, exists: false, writable: true, empty: true });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['bootroot-older', 'state-older.json'],
    ['bootroot-newer', 'state-newer.json'],
  ])('finds an installation of %s', async (installation, name) => {
    writeFileSync(join(directory, 'state.json'), golden(name));
    expect(await inspectDirectory(directory)).toMatchObject({
      installation,
      services: 1,
      empty: false,
      problems: [],
    });
    mkdirSync(join(directory, '.console'));
    writeFileSync(join(directory, '.console', 'store.db'), '');
    expect(await inspectDirectory(directory)).toMatchObject({ installation: 'console', services: 1 });
  });

  it('names what is broken, with the place', async () => {
    writeFileSync(join(directory, 'state.json'), '{"services": {"a": {"registration_id": "a"}}');
    const report = await inspectDirectory(directory);
    expect(report).toMatchObject({ installation: 'bootroot-newer', services: 0 });
    expect(report.problems).toEqual([
      {
        key: 'error.state_malformed.what',
        params: { path: join(directory, 'state.json'), line: 1, column: 45 },
      },
    ]);
  });

  it('misses the state of an installation', async () => {
    mkdirSync(join(directory, 'secrets', 'config'), { recursive: true });
    writeFileSync(join(directory, 'secrets', 'config', 'ca.json'), '{}');
    expect(keys((await inspectDirectory(directory)).problems)).toEqual(['workspace.problem.state_lost']);
  });

  it('names a file in the way and a symlinked part', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(await inspectDirectory(join(file, 'below'))).toMatchObject({
      exists: false,
      writable: false,
      problems: [{ key: 'error.not_a_directory.what', params: { path: file } }],
    });
    expect(await inspectDirectory(file)).toMatchObject({ exists: true, writable: false });
    symlinkSync('.', join(directory, 'secrets'));
    expect(keys((await inspectDirectory(directory)).problems)).toEqual(['error.symlink_refused.what']);
  });

  it('names what its user may not do', async ({ skip }) => {
    skip(!root, 'only root can change the user of a process');
    writeFileSync(join(directory, 'state.json'), golden('state-older.json'));
    chmodSync(join(directory, 'state.json'), 0o600);
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'closed'), { mode: 0o700 });
    const closed = join(directory, 'closed');
    const { own, below, whole, refused, listed } = asNobody(`
      const of = (action) => action.catch((error) => error.code);
      return {
        own: await inspect.inspectDirectory(${JSON.stringify(closed)}),
        below: await inspect.inspectDirectory(${JSON.stringify(join(closed, 'x', 'y'))}),
        whole: await inspect.inspectDirectory(${JSON.stringify(directory)}),
        refused: await of(browse.browseDirectory(${JSON.stringify(closed)})),
        listed: await browse.browseDirectory(${JSON.stringify(directory)}),
      };`);
    expect(own).toMatchObject({
      exists: true,
      writable: false,
      problems: [{ key: 'workspace.problem.not_writable' }, { key: 'workspace.problem.not_readable' }],
    });
    expect(below).toMatchObject({ exists: false, writable: false });
    expect(whole).toMatchObject({
      writable: false,
      services: 0,
      problems: [
        { key: 'workspace.problem.not_writable', params: { path: directory } },
        { key: 'workspace.problem.not_readable', params: { path: join(directory, 'state.json') } },
        { key: 'error.permission_denied.what' },
      ],
    });
    expect(refused).toBe('permission_denied');
    expect(listed).toMatchObject({ entries: [{ name: 'closed', writable: false }] });
  });

  it('knows a read-only mount', async ({ skip }) => {
    skip(!root, 'only root can mount a file system');
    const path = join(directory, 'disk');
    mkdirSync(path);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', path]);
    skip(mounted.status !== 0, 'this container does not let root mount a file system');
    try {
      expect(await inspectDirectory(path)).toMatchObject({
        writable: false,
        readOnlyMount: true,
        problems: [{ key: 'error.read_only.what', params: { path } }],
      });
      expect(await inspectDirectory(join(path, 'new'))).toMatchObject({ exists: false, readOnlyMount: true });
    } finally {
      spawnSync('umount', [path]);
    }
  });
});

describe('browseDirectory', () => {
  it('lists folders by name, hidden ones only when asked for', async () => {
    for (const name of ['b', 'a', '.hidden', 'work']) mkdirSync(join(directory, name));
    writeFileSync(join(directory, 'file'), '');
    writeFileSync(join(directory, 'work', 'state.json'), '{}');
    symlinkSync('a', join(directory, 'link'));
    symlinkSync('nowhere', join(directory, 'broken'));
    const listing = await browseDirectory(directory);
    expect(listing.entries.map(({ name }) => name)).toEqual(['a', 'b', 'link', 'work']);
    expect(listing.entries.at(-1)).toEqual({
      name: 'work',
      path: join(directory, 'work'),
      writable: true,
      installation: true,
    });
    expect(listing.parent).toBe(tmpdir());
    expect((await browseDirectory(directory, { hidden: true })).entries[0]?.name).toBe('.hidden');
  });

  it('ends at the root and says what is not a folder', async () => {
    expect((await browseDirectory('/')).parent).toBeUndefined();
    writeFileSync(join(directory, 'file'), '');
    await expect(browseDirectory(join(directory, 'file'))).rejects.toMatchObject({ code: 'not_a_directory' });
    await expect(browseDirectory(join(directory, 'none'))).rejects.toMatchObject({ code: 'file_missing' });
  });
});
