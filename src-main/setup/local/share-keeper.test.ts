import { Decrypter } from 'age-encryption';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../../shared/errors.ts';
import { longestStall } from '../../../test/support/event-loop.ts';
import { FileStage } from '../../operations/stage.ts';
import { labShareKeeper, openRecoveryFile, recoveryFileKeeper, type InitSecrets } from './share-keeper.ts';

const secrets: InitSecrets = { keys: ['aa11', 'bb22', 'cc33'], threshold: 2, rootToken: 's.root' };
const passphrase = 'correct horse battery staple';
/** Fast enough for many files; one test below takes what an operator's file takes. */
const workFactor = 8;
const production = (given = () => passphrase, run: object = {}) =>
  recoveryFileKeeper(path, given, run, workFactor);

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shares-'));
  path = join(root, 'unseal-keys.txt');
});
afterEach(() => rm(root, { recursive: true }));

const mode = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;
const stage = (): FileStage => new FileStage(join(root, '.staging'), 'op');

describe('a lab', () => {
  test('has the shares one per line as the tools write them, and the root token elsewhere', async () => {
    const keeper = labShareKeeper(path, stage());
    expect([await keeper.read(), await keeper.complete()]).toEqual([undefined, false]);
    await keeper.write(secrets);
    expect(await readFile(path, 'utf8')).toBe('aa11\nbb22\ncc33\n');
    expect(await mode(path)).toBe(0o600);
    expect([await keeper.read(), await keeper.complete()]).toEqual([secrets, true]);
  });

  test('a crash between the two files loses nothing', async () => {
    const keeper = labShareKeeper(path, stage());
    await keeper.write(secrets);
    await rm(path);
    // What the next process finds.
    const next = labShareKeeper(path, stage());
    expect([await next.read(), await next.complete()]).toEqual([secrets, false]);
    await next.write((await next.read()) ?? secrets);
    expect(await next.complete()).toBe(true);
    await writeFile(path, 'aa11\nbb22\n');
    expect(await next.complete()).toBe(false);
  });

  test('that is undone keeps neither', async () => {
    const keeper = labShareKeeper(path, stage());
    await keeper.write(secrets);
    await keeper.remove();
    expect([await keeper.read(), await stat(path).catch(() => 'gone')]).toEqual([undefined, 'gone']);
    await keeper.remove();
  });

  test('a staged answer that was damaged is not taken for shares', async () => {
    const staged = stage();
    await staged.write('init', '{"keys":[],"threshold":"2"}');
    await expect(labShareKeeper(path, staged).read()).rejects.toThrow();
  });
});

describe('production', () => {
  test('has everything in one file that only the passphrase opens', async () => {
    const keeper = production();
    expect([await keeper.read(), await keeper.complete()]).toEqual([undefined, false]);
    await keeper.write(secrets);
    expect([await keeper.read(), await keeper.complete()]).toEqual([secrets, true]);
    expect(await mode(path)).toBe(0o600);
    expect(await readdir(root)).toEqual(['unseal-keys.txt']);
    const bytes = await readFile(path);
    for (const secret of [...secrets.keys, secrets.rootToken ?? '', passphrase])
      expect([secret, bytes.includes(secret)]).toEqual([secret, false]);
    // Any age opens it, should the console be gone.
    const other = new Decrypter();
    other.addPassphrase(passphrase);
    expect(JSON.parse(await other.decrypt(bytes, 'text'))).toEqual(secrets);
    await keeper.remove();
    expect(await keeper.read()).toBeUndefined();
  });

  test('a wrong passphrase, a damaged or cut file are told alike, and nothing is given', async () => {
    await production().write(secrets);
    const bytes = new Uint8Array(await readFile(path));
    const wrong = (error: unknown): boolean => isConsoleError(error, 'wrong_passphrase');
    await expect(openRecoveryFile(bytes, 'wrong')).rejects.toSatisfy(wrong);
    const damaged = bytes.slice();
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
    await expect(openRecoveryFile(damaged, passphrase)).rejects.toSatisfy(wrong);
    await expect(openRecoveryFile(bytes.slice(0, 100), passphrase)).rejects.toSatisfy(wrong);
    expect(await openRecoveryFile(bytes, passphrase)).toEqual(secrets);
  });

  test('a run opens an unchanged file once, another run has to have the passphrase', async () => {
    const run = {};
    let asked = 0;
    const given = (): string => {
      asked += 1;
      return passphrase;
    };
    await production(given, run).write(secrets);
    for (let step = 0; step < 20; step += 1) expect(await production(given, run).read()).toEqual(secrets);
    expect(asked).toBe(1);
    const wrong = (error: unknown): boolean => isConsoleError(error, 'wrong_passphrase');
    await expect(production(() => 'wrong').read()).rejects.toSatisfy(wrong);
    // Another file in its place is opened anew.
    await production(given).write({ keys: ['dd44'], threshold: 1 });
    expect(await production(given, run).read()).toEqual({ keys: ['dd44'], threshold: 1 });
  });

  test('without its root token after the set-up, the shares stay', async () => {
    const keeper = production();
    await keeper.write({ keys: secrets.keys, threshold: 2 });
    expect(await keeper.read()).toEqual({ keys: secrets.keys, threshold: 2 });
  });

  test('costs an attacker what age itself asks, and this thread stays free while it does', async () => {
    const keeper = recoveryFileKeeper(path, () => passphrase);
    const stalled = await longestStall(200, async () => {
      await keeper.write(secrets);
      expect(await openRecoveryFile(await readFile(path), passphrase)).toEqual(secrets);
    });
    expect(await readFile(path, 'latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/);
    expect(stalled).toBeLessThan(200);
  }, 60_000);
});
