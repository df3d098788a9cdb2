import { mkdtemp, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateKey } from '../x509/keys.ts';
import { sha256 } from '../tls/certificates.ts';
import { issueLeaf, makeHierarchy } from '../x509/authority.ts';
import {
  installSet,
  keptLeaf,
  recoverSet,
  restoreSet,
  type SetPaths,
  type SetTrust,
} from './certificate-set.ts';
import { parseKey, parseLeaf } from './set-files.ts';

const hour = 3_600_000;
type Hierarchy = Awaited<ReturnType<typeof makeHierarchy>>;
let pki: Hierarchy;
let stranger: Hierarchy;
let trust: SetTrust;
let directory: string;
let paths: SetPaths;

const hierarchy = (): Promise<Hierarchy> =>
  makeHierarchy({
    name: 'Bootroot',
    keyType: 'ec-p256',
    notBefore: Date.now() - hour,
    rootLifetime: 2000 * hour,
    intermediateLifetime: 1000 * hour,
    pathLength: 0,
    permittedNames: [],
  });

async function issued(from = pki): Promise<{ leafPem: string; chainPem: string[]; key: KeyObject }> {
  const key = await generateKey('ec-p256');
  const request = {
    names: ['a.b'],
    key,
    purposes: ['server' as const],
    notBefore: Date.now(),
    lifetime: hour,
  };
  const { pem } = await issueLeaf(request, from.intermediate);
  return { leafPem: pem, chainPem: [from.intermediate.pem], key };
}
const install = async (options: Parameters<typeof installSet>[4] = {}, from = pki): Promise<string> => {
  const { key, ...answer } = await issued(from);
  await installSet(paths, answer, key, trust, options);
  return answer.leafPem;
};
const text = (path: string): Promise<string> => readFile(path, 'utf8');
const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const matches = async (): Promise<boolean> => {
  const key = parseKey(await text(paths.key));
  return key !== undefined && parseLeaf(await text(paths.cert))?.checkPrivateKey(key) === true;
};

beforeAll(async () => {
  pki = await hierarchy();
  stranger = await hierarchy();
  trust = { pins: [pki.root.sha256, pki.intermediate.sha256], bundlePem: pki.root.pem };
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'set-'));
  paths = {
    cert: join(directory, 'tls', 'a.crt'),
    key: join(directory, 'tls', 'a.key'),
    bundle: join(directory, 'tls', 'ca-bundle.pem'),
    previous: join(directory, 'tls', '.previous', 'a'),
  };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a certificate set', () => {
  it('is installed whole, keeps the root in the bundle, and the modes that stand there', async () => {
    await install();
    expect([await mode(paths.key), await mode(paths.cert), await mode(join(directory, 'tls'))]).toEqual([
      0o600, 0o644, 0o700,
    ]);
    expect(await text(paths.bundle)).toBe(pki.intermediate.pem + pki.root.pem);
    await chmod(paths.key, 0o640);
    const leaf = await install();
    expect(await mode(paths.key)).toBe(0o640);
    expect(await text(paths.cert)).toBe(leaf);
    expect(await matches()).toBe(true);
    expect(await recoverSet(paths)).toBe('nothing');
  });

  it('is not touched by a chain that is not pinned', async () => {
    const before = await install();
    await expect(install({}, stranger)).rejects.toMatchObject({ code: 'pin_mismatch' });
    expect(await text(paths.cert)).toBe(before);
    expect(await matches()).toBe(true);
  });

  it('lets a group in when one is named, and leaves a directory alone that the group can pass', async () => {
    if (process.getuid?.() !== 0) return;
    await install();
    await install({ gid: 4242 });
    const key = await stat(paths.key);
    expect([key.gid, key.mode & 0o777, await mode(join(directory, 'tls'))]).toEqual([4242, 0o640, 0o750]);
    await chmod(join(directory, 'tls'), 0o711);
    await install({ gid: 4242 });
    expect(await mode(join(directory, 'tls'))).toBe(0o711);
  });

  it('comes back with its content and its present mode', async () => {
    const before = await install();
    const key = await text(paths.key);
    await install();
    expect(await restoreSet(paths)).toBe(true);
    expect([await text(paths.cert), await text(paths.key)]).toEqual([before, key]);
    expect(await mode(paths.key)).toBe(0o600);
    expect(await restoreSet(paths)).toBe(false);
  });

  it('of a first issuance is removed, but not the bundle', async () => {
    await install();
    await restoreSet(paths);
    await expect(stat(paths.cert)).rejects.toThrow();
    await expect(stat(paths.key)).rejects.toThrow();
    expect(await text(paths.bundle)).toContain('BEGIN');
  });

  it.each([
    ['kept', 'completed'],
    ['key', 'restored'],
    ['cert', 'completed'],
    ['bundle', 'completed'],
  ] as const)('cut off after %s is %s', async (step, outcome) => {
    const before = await install();
    const cut = install({
      onStep(at) {
        if (at === step) throw new Error('power cut');
      },
    });
    await expect(cut).rejects.toThrow('power cut');
    expect(await matches()).toBe(step !== 'key');
    expect(await recoverSet(paths)).toBe(outcome);
    expect(await matches()).toBe(true);
    const old = (await text(paths.cert)) === before;
    expect(old).toBe(step === 'kept' || step === 'key');
    expect(await recoverSet(paths)).toBe('nothing');
  });

  it('is never kept by halves: the next one goes back to the last whole one', async () => {
    const before = await install();
    const cut = { onStep: (at: string) => (at === 'key' ? Promise.reject(new Error('cut')) : undefined) };
    await expect(install(cut)).rejects.toThrow('cut');
    await install();
    expect(keptLeaf(paths)).toBe(sha256(new X509Certificate(before)));
    await restoreSet(paths);
    expect([await text(paths.cert), await matches()]).toEqual([before, true]);
  });

  it.each(['bundle', 'key', 'cert'] as const)(
    'cut off after its %s on the way back is mended',
    async (at) => {
      const before = await install();
      await install();
      const cut = restoreSet(paths, (path) => {
        if (path === paths[at]) throw new Error('power cut');
      });
      await expect(cut).rejects.toThrow('power cut');
      // Until it is all there it is told from the leaf that something is left to do.
      expect((await text(paths.cert)) === before).toBe(at === 'cert');
      await recoverSet(paths);
      expect(await matches()).toBe(true);
      if (at === 'bundle') await restoreSet(paths);
      expect([await text(paths.cert), await matches()]).toEqual([before, true]);
    },
  );

  it('that was replaced by hand after a cut-off is believed when it belongs together', async () => {
    await install();
    const cut = { onStep: (at: string) => (at === 'key' ? Promise.reject(new Error('cut')) : undefined) };
    await expect(install(cut)).rejects.toThrow('cut');
    const mine = await issued();
    await writeFile(paths.cert, mine.leafPem);
    await writeFile(paths.key, mine.key.export({ type: 'pkcs8', format: 'pem' }));
    expect(await recoverSet(paths)).toBe('completed');
    expect(createPrivateKey(await text(paths.key)).equals(mine.key)).toBe(true);
  });
});
