import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workspaceId } from './identity.ts';
import { registryDirectory, WorkspaceRegistry } from './registry.ts';

let directory: string;
let config: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'console-registry-'));
  config = join(directory, 'config');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lab = { kind: 'lab', topology: 'local' } as const;
function work(name: string): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  return path;
}

describe('WorkspaceRegistry', () => {
  it('remembers, most recent first, in a file for its owner alone', async () => {
    const registry = new WorkspaceRegistry(config);
    expect(await registry.list()).toEqual([]);
    const a = await registry.remember(work('a'), lab, 1);
    const b = await registry.remember(work('b'), { kind: 'production', topology: 'external' }, 2);
    expect((await registry.list()).map(({ name }) => name)).toEqual(['b', 'a']);
    await registry.remember(work('a'), lab, 3);
    expect((await new WorkspaceRegistry(config).list()).map(({ id }) => id)).toEqual([a.id, b.id]);
    expect(a.colour).not.toBe(b.colour);
    expect(statSync(join(config, 'workspaces.json')).mode & 0o777).toBe(0o600);
    expect(statSync(config).mode & 0o777).toBe(0o700);
  });

  it('keeps name and colour that the operator gave, and keys it does not know', async () => {
    const registry = new WorkspaceRegistry(config);
    const { id } = await registry.remember(work('a'), lab, 1);
    await registry.describe(id, { name: 'Customer A', colour: 'red' });
    const file = join(config, 'workspaces.json');
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('"version"', '"x": 1,\n  "version"')
        .replace('"kind"', '"y": 2, "kind"'),
    );
    const again = await registry.remember(work('a'), { kind: 'production', topology: 'local' }, 5);
    expect(again).toMatchObject({ name: 'Customer A', colour: 'red', kind: 'production', lastOpenedAt: 5 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ x: 1, workspaces: [{ y: 2 }] });
    expect(await registry.find(id)).toMatchObject({ id });
  });

  it('takes two ways to a directory for one workspace', async () => {
    const registry = new WorkspaceRegistry(config);
    const path = work('a');
    symlinkSync('a', join(directory, 'link'));
    const direct = await registry.remember(path, lab, 1);
    expect(await registry.remember(join(directory, 'link'), lab, 2)).toMatchObject({ id: direct.id, path });
    expect(await registry.list()).toHaveLength(1);
    expect(direct.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('forgets without touching the directory, and knows no stranger', async () => {
    const registry = new WorkspaceRegistry(config);
    const { id, path } = await registry.remember(work('a'), lab, 1);
    await registry.forget(id);
    expect(await registry.list()).toEqual([]);
    expect(statSync(path).isDirectory()).toBe(true);
    await expect(registry.describe(id, { name: 'x' })).rejects.toMatchObject({ code: 'workspace_unknown' });
  });

  it('lets a damaged list keep nobody out, and keeps a copy of it', async () => {
    const registry = new WorkspaceRegistry(config);
    mkdirSync(config);
    writeFileSync(join(config, 'workspaces.json'), '{"version": 1, "workspaces": [');
    expect(await registry.list()).toEqual([]);
    await registry.remember(work('a'), lab, 1);
    expect(await registry.list()).toHaveLength(1);
    expect(readFileSync(join(config, 'workspaces.json.damaged'), 'utf8')).toContain('"workspaces": [');
  });

  it('loses nothing when two consoles write', async () => {
    const consoles = Array.from({ length: 8 }, () => new WorkspaceRegistry(config));
    await Promise.all(
      consoles.map((registry, index) => registry.remember(work(`w${String(index)}`), lab, index)),
    );
    expect(await new WorkspaceRegistry(config).list()).toHaveLength(8);
  });
});

it('finds its directory by the environment', () => {
  expect(registryDirectory({ BOOTROOT_CONSOLE_CONFIG_DIR: '/x', XDG_CONFIG_HOME: '/y' })).toBe('/x');
  expect(registryDirectory({ XDG_CONFIG_HOME: '/y' })).toBe('/y/bootroot-console');
  expect(registryDirectory({ XDG_CONFIG_HOME: 'relative', HOME: '/h' })).toBe('/h/.config/bootroot-console');
});

it('gives a directory that is gone the id of its path', async () => {
  const path = work('gone');
  const id = await workspaceId(path);
  rmSync(path, { recursive: true });
  expect(await workspaceId(path)).toBe(id);
});
