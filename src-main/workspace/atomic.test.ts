import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import {
  ensureDirectory,
  isStagedName,
  readTextFile,
  readTextFileIfPresent,
  removeFile,
  replaceFileAtomic,
  writeFileAtomic,
} from './atomic.ts';

const root = process.getuid?.() === 0;
const nobody = 65534;
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'console-atomic-'));
  file = join(directory, 'secret');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o7777;
const refusal = (code: ErrorCode, path: string): object => ({
  data: { code, params: { path }, changed: { key: 'error.changed.nothing' } },
});

/** Runs as an unprivileged user; the effective user of the process decides what its files calls may do. */
async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  process.seteuid?.(nobody);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

/** A file system of its own for one test. */
async function onSmallDisk(action: (path: string) => Promise<void>): Promise<void> {
  const path = join(directory, 'disk');
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { encoding: 'utf8' });
  if (mounted.status !== 0) throw new Error(`mount: ${mounted.stderr}`);
  try {
    await action(path);
  } finally {
    spawnSync('umount', [path]);
  }
}
const mountable = ((): boolean => {
  if (!root) return false;
  const path = mkdtempSync(join(tmpdir(), 'console-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path]).status === 0;
  if (mounted) spawnSync('umount', [path]);
  rmSync(path, { recursive: true, force: true });
  return mounted;
})();
const needsRoot = 'only root can change the user of a process';
const needsMount = 'only root, and not in every container, can mount a file system';

describe('writeFileAtomic', () => {
  it('gives the mode whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await writeFileAtomic(file, 'x', { mode: 0o644 });
      expect(modeOf(file)).toBe(0o644);
      process.umask(0);
      await writeFileAtomic(file, 'y', { mode: 0o600 });
      expect(modeOf(file)).toBe(0o600);
    } finally {
      process.umask(before);
    }
    expect(readFileSync(file, 'utf8')).toBe('y');
  });

  it('replaces the file instead of writing into it, so a reader with the old one open keeps it whole', async () => {
    writeFileSync(file, 'old');
    const before = statSync(file).ino;
    await writeFileAtomic(file, 'new', { mode: 0o600 });
    expect(statSync(file).ino).not.toBe(before);
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it('writes bytes, much of them, and names at the limit', async () => {
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
    await writeFileAtomic(file, bytes, { mode: 0o600, durable: false });
    expect(Buffer.compare(readFileSync(file), bytes)).toBe(0);
    for (const name of ['x'.repeat(255), '한'.repeat(85)]) {
      await writeFileAtomic(join(directory, name), 'x', { mode: 0o600 });
      expect(readFileSync(join(directory, name), 'utf8')).toBe('x');
    }
  });

  it('leaves one whole content when many write at once', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(contents.map((text) => writeFileAtomic(file, text, { mode: 0o600 })));
    expect(contents).toContain(readFileSync(file, 'utf8'));
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it('is whole after a kill at any instant', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(2_000_000));
    const code = `
      const { writeFileAtomic } = await import('./src-main/workspace/atomic.ts');
      const contents = ['a', 'b'].map((letter) => letter.repeat(2_000_000));
      for (let n = 0; ; n += 1) {
        await writeFileAtomic(${JSON.stringify(file)}, contents[n % 2], { mode: 0o600 });
        if (n === 1) process.stdout.write('.');
      }`;
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, round * 11));
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(contents).toContain(readFileSync(file, 'utf8'));
    }
    for (const name of readdirSync(directory)) {
      expect(name === 'secret' || isStagedName(name)).toBe(true);
      expect(modeOf(join(directory, name)) & 0o077).toBe(0);
    }
  });

  it('refuses a symlink and leaves what it points to', async () => {
    writeFileSync(join(directory, 'target'), 'precious');
    symlinkSync('target', file);
    await expect(writeFileAtomic(file, 'x', { mode: 0o600 })).rejects.toMatchObject(
      refusal('symlink_refused', file),
    );
    expect(readFileSync(join(directory, 'target'), 'utf8')).toBe('precious');
    rmSync(join(directory, 'target'));
    await expect(writeFileAtomic(file, 'x', { mode: 0o600 })).rejects.toMatchObject(
      refusal('symlink_refused', file),
    );
  });

  it('refuses what is no file, a missing directory, and a file where a directory should be', async () => {
    mkdirSync(file);
    await expect(writeFileAtomic(file, 'x', { mode: 0o600 })).rejects.toMatchObject(
      refusal('not_a_file', file),
    );
    const missing = join(directory, 'none', 'x');
    await expect(writeFileAtomic(missing, 'x', { mode: 0o600 })).rejects.toMatchObject(
      refusal('path_missing', missing),
    );
    writeFileSync(join(directory, 'plain'), '');
    const below = join(directory, 'plain', 'x');
    await expect(writeFileAtomic(below, 'x', { mode: 0o600 })).rejects.toMatchObject(
      refusal('not_a_directory', below),
    );
  });

  it('gives the owner before the name', async ({ skip }) => {
    skip(!root, needsRoot);
    await writeFileAtomic(file, 'x', { mode: 0o640, uid: nobody, gid: nobody });
    expect(statSync(file)).toMatchObject({ uid: nobody, gid: nobody });
    expect(modeOf(file)).toBe(0o640);
  });

  it('says that it may not', async ({ skip }) => {
    skip(!root, needsRoot);
    writeFileSync(file, 'old');
    await asNobody(async () => {
      await expect(writeFileAtomic(file, 'x', { mode: 0o600 })).rejects.toMatchObject(
        refusal('permission_denied', file),
      );
      await expect(readTextFile(file)).rejects.toMatchObject(refusal('permission_denied', file));
      await expect(removeFile(file)).rejects.toMatchObject(refusal('permission_denied', file));
      await expect(ensureDirectory(join(directory, 'd'), { mode: 0o700 })).rejects.toMatchObject({
        code: 'permission_denied',
      });
    });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it('never takes a file away from its owner', async ({ skip }) => {
    skip(!root, needsRoot);
    chmodSync(directory, 0o777);
    writeFileSync(file, 'old');
    await asNobody(async () => {
      // The directory would allow it; the file would then belong to somebody else.
      await expect(replaceFileAtomic(file, 'x')).rejects.toMatchObject(refusal('permission_denied', file));
    });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it.skipIf(!mountable)(
    `says that the disk is full, and leaves no rest [skipped: ${needsMount}]`,
    async () => {
      await onSmallDisk(async (disk) => {
        const path = join(disk, 'state.json');
        await writeFileAtomic(path, 'old', { mode: 0o600 });
        await expect(writeFileAtomic(path, 'x'.repeat(200_000), { mode: 0o600 })).rejects.toMatchObject(
          refusal('disk_full', path),
        );
        expect(readFileSync(path, 'utf8')).toBe('old');
        expect(readdirSync(disk)).toEqual(['state.json']);
      });
    },
  );

  it('says that the file system is read-only', async ({ skip }) => {
    skip(!mountable, needsMount);
    await onSmallDisk(async (disk) => {
      const path = join(disk, 'state.json');
      await writeFileAtomic(path, 'old', { mode: 0o600 });
      expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
      await expect(writeFileAtomic(path, 'x', { mode: 0o600 })).rejects.toMatchObject(
        refusal('read_only', path),
      );
      await expect(removeFile(path)).rejects.toMatchObject(refusal('read_only', path));
      await expect(ensureDirectory(join(disk, 'd'), { mode: 0o700 })).rejects.toMatchObject({
        code: 'read_only',
      });
      expect(readFileSync(path, 'utf8')).toBe('old');
    });
  });
});

describe('replaceFileAtomic', () => {
  it('keeps the mode, and gives a new file the one for new files', async () => {
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    await replaceFileAtomic(file, 'new');
    expect(modeOf(file)).toBe(0o640);
    await replaceFileAtomic(join(directory, 'fresh'), 'x', { mode: 0o644 });
    expect(modeOf(join(directory, 'fresh'))).toBe(0o644);
  });

  it('keeps the owner', async ({ skip }) => {
    skip(!root, needsRoot);
    writeFileSync(file, 'old');
    chownSync(file, nobody, nobody);
    await replaceFileAtomic(file, 'new');
    expect(statSync(file)).toMatchObject({ uid: nobody, gid: nobody });
  });
});

describe('ensureDirectory', () => {
  it('makes the missing ones with the mode, whatever the umask, and leaves an existing one', async () => {
    const before = process.umask(0o077);
    try {
      await ensureDirectory(join(directory, 'a', 'b'), { mode: 0o755 });
    } finally {
      process.umask(before);
    }
    expect(modeOf(join(directory, 'a'))).toBe(0o755);
    expect(modeOf(join(directory, 'a', 'b'))).toBe(0o755);
    await ensureDirectory(join(directory, 'a'), { mode: 0o700 });
    expect(modeOf(join(directory, 'a'))).toBe(0o755);
    await ensureDirectory(join(directory, 'a'), { mode: 0o700, enforce: true });
    expect(modeOf(join(directory, 'a'))).toBe(0o700);
  });

  it('lets several make the same one', async () => {
    const wanted = join(directory, 'x', 'y', 'z');
    await Promise.all(Array.from({ length: 10 }, () => ensureDirectory(wanted, { mode: 0o700 })));
    expect(lstatSync(wanted).isDirectory()).toBe(true);
  });

  it('refuses a symlink, even to a directory, and a file', async () => {
    symlinkSync('.', file);
    await expect(ensureDirectory(file, { mode: 0o700 })).rejects.toMatchObject(
      refusal('symlink_refused', file),
    );
    writeFileSync(join(directory, 'plain'), '');
    await expect(ensureDirectory(join(directory, 'plain'), { mode: 0o700 })).rejects.toMatchObject({
      code: 'not_a_directory',
    });
  });
});

describe('readTextFile', () => {
  it('reads text as it is', async () => {
    writeFileSync(file, '\uFEFF한글\r\n');
    expect(await readTextFile(file)).toBe('\uFEFF한글\r\n');
  });

  it('says what is wrong with the file', async () => {
    await expect(readTextFile(file)).rejects.toMatchObject(refusal('file_missing', file));
    expect(await readTextFileIfPresent(file)).toBeUndefined();
    writeFileSync(file, Buffer.from([0x61, 0xff, 0xfe]));
    await expect(readTextFile(file)).rejects.toMatchObject({ code: 'file_not_text' });
    writeFileSync(file, 'x'.repeat(11));
    await expect(readTextFile(file, { maxBytes: 10 })).rejects.toMatchObject({ code: 'file_too_large' });
    await expect(readTextFile(directory)).rejects.toMatchObject({ code: 'not_a_file' });
  });

  it.runIf(process.platform === 'linux')('reads to the end what says that it is empty', async () => {
    const path = '/proc/self/limits';
    expect(statSync(path).size).toBe(0);
    expect(await readTextFile(path)).toBe(readFileSync(path, 'utf8'));
    await expect(readTextFile(path, { maxBytes: 100 })).rejects.toMatchObject({ code: 'file_too_large' });
  });

  it('does not wait for a pipe', async () => {
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    await expect(readTextFile(file)).rejects.toMatchObject({ code: 'not_a_file' });
  });
});

describe('removeFile', () => {
  it('removes a file, and a link without its target', async () => {
    writeFileSync(file, 'x');
    symlinkSync('secret', join(directory, 'link'));
    expect(await removeFile(join(directory, 'link'))).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('x');
    expect(await removeFile(file)).toBe(true);
    expect(await removeFile(file)).toBe(false);
  });
});

it('knows the names of its own leftovers', () => {
  expect(isStagedName('.state.json.0123456789abcdef.staged')).toBe(true);
  expect(isStagedName('state.json')).toBe(false);
});
