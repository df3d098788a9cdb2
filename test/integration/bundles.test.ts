import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { contract } from '../../shared/contract/index.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..', '..');
const dist = path.join(root, 'dist');
const source = (name: string): string => readFileSync(path.join(dist, name), 'utf8');

/** Names that a bundle requires when it runs. */
const requires = (name: string): string[] => [
  ...new Set([...source(name).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, required]) => required ?? '')),
];

describe('the bundles that `npm run build` made', () => {
  it('console.cjs loads and answers', async () => {
    const { stdout } = await run(process.execPath, [path.join(dist, 'console.cjs'), '--version']);
    expect(stdout.trim()).toBe(version);
  });

  it.each([
    'console.cjs',
    'words.cjs',
    'long-running.cjs',
    'electron-main.cjs',
    'preload.cjs',
    'store-worker.cjs',
    'x509-worker.cjs',
    'age-worker.cjs',
  ])('%s is valid for Node', async (name) => {
    await run(process.execPath, ['--check', path.join(dist, name)]);
  });

  it('need nothing at run time but Node, electron where it belongs, and the SQLite binding', () => {
    const allowed = /^(node:.*|electron|@photostructure\/sqlite)$/;
    const builtin = new Set(process.getBuiltinModule('node:module').builtinModules);
    for (const name of [
      'console.cjs',
      'words.cjs',
      'long-running.cjs',
      'electron-main.cjs',
      'store-worker.cjs',
      'x509-worker.cjs',
      'age-worker.cjs',
    ]) {
      if (!existsSync(path.join(dist, name))) continue;
      const others = requires(name).filter((required) => !allowed.test(required) && !builtin.has(required));
      // pg and ws ask for faster twins only where they are installed; they are not.
      expect(
        others.filter((required) => !['pg-native', 'bufferutil', 'utf-8-validate'].includes(required)),
        name,
      ).toEqual([]);
    }
    expect(requires('words.cjs')).not.toContain('electron');
    expect(requires('preload.cjs')).toEqual(['electron']);
  });

  it('the preload knows exactly the procedures of the contract', () => {
    const names = /define_contractProcedures_default = (\[[^\]]*\])/.exec(source('preload.cjs'))?.[1] ?? '[]';
    expect(JSON.parse(names)).toEqual(Object.keys(contract));
  });

  it('a second build has nothing to do', async () => {
    const { stderr } = await run(process.execPath, [path.join(root, 'src-main', 'build.mjs'), 'main']);
    expect(stderr).toContain('up to date');
  });
});
