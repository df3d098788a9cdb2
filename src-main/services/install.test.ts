import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import type { Authority } from '../x509/authority.ts';
import { exportKey } from '../x509/keys.ts';
import type { Service } from './entry.ts';
import { installCertificate, previousDirectory, type TrustDocument } from './install.ts';
import { issueTo, makeTestCa, makeTestDirectory, type TestDirectory } from './testing.ts';

let root: Authority;
let intermediate: Authority;
let stranger: { root: Authority; intermediate: Authority };
let directory: TestDirectory;
let service: Service;
let trust: TrustDocument;

beforeAll(async () => {
  ({ root, intermediate } = await makeTestCa('Test CA'));
  // The same names, other keys: as after the keys of a CA were replaced.
  stranger = await makeTestCa('Test CA');
});
beforeEach(async () => {
  directory = await makeTestDirectory();
  service = directory.service('web');
  trust = { pins: [root.sha256, intermediate.sha256], bundlePem: root.pem + intermediate.pem };
});
afterEach(() => directory.remove());

const issue = () => issueTo([service.identity], intermediate);
const install = async (issued: Awaited<ReturnType<typeof issue>>, document = trust) =>
  installCertificate(service, issued.issued, issued.key, document);
const fingerprints = async (path: string): Promise<string[]> =>
  readBundle(await readFile(path, 'utf8')).map(sha256);
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
const refusal = async (answer: Promise<unknown>): Promise<ErrorCode | 'none'> =>
  answer.then(
    () => 'none' as const,
    (error: unknown) => (isConsoleError(error) ? error.code : Promise.reject(error as Error)),
  );

/** Every file below the work directory with its content. */
async function everything(): Promise<Record<string, string>> {
  const names = await readdir(directory.root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  );
}

describe('a first certificate', () => {
  test('is written with its key and a bundle that has the root', async () => {
    const issued = await issue();
    const { leaf, bundle } = await install(issued);
    expect(sha256(leaf)).toBe(issued.sha256);
    expect(await readFile(service.cert, 'utf8')).toBe(issued.issued.leafPem);
    const key = createPrivateKey(await readFile(service.key, 'utf8'));
    expect(new X509Certificate(await readFile(service.cert)).checkPrivateKey(key)).toBe(true);
    // The chain of the answer is the intermediate alone; the root comes from the pinned trust (failure mode C4).
    expect((await fingerprints(service.bundle)).sort()).toEqual([root.sha256, intermediate.sha256].sort());
    expect([...bundle].sort()).toEqual([root.sha256, intermediate.sha256].sort());
    expect([await mode(service.key), await mode(service.cert), await mode(service.bundle)]).toEqual([
      '600',
      '644',
      '644',
    ]);
    expect(await mode(dirname(service.key))).toBe('700');
  });
});

describe('a chain that is not pinned', () => {
  test.each([
    ['of a stranger of the same name', 'pin_mismatch', () => issueTo(['x.y'], stranger.intermediate)],
  ])('%s changes nothing at all', async (_name, code, make) => {
    await install(await issue());
    const before = await everything();
    expect(await refusal(install(await make()))).toBe(code);
    expect(await everything()).toEqual(before);
  });

  test('without any pin, and without a root, likewise', async () => {
    await install(await issue());
    const before = await everything();
    expect(await refusal(install(await issue(), { ...trust, pins: [] }))).toBe('pins_missing');
    const rootless = { pins: [intermediate.sha256], bundlePem: intermediate.pem };
    expect(await refusal(install(await issue(), rootless))).toBe('bundle_without_anchor');
    expect(await everything()).toEqual(before);
    const nothing = directory.service('new');
    const issued = await issueTo(['x.y'], stranger.intermediate);
    expect(await refusal(installCertificate(nothing, issued.issued, issued.key, trust))).toBe('pin_mismatch');
    expect(await everything()).toEqual(before);
  });
});

describe('a renewal', () => {
  test('keeps one generation back, mode and owner, and the bundle of others', async () => {
    const first = await issue();
    await install(first);
    await chmod(service.key, 0o640);
    const second = await issue();
    await install(second);
    const previous = previousDirectory(service);
    expect(await fingerprints(join(previous, basename(service.cert)))).toEqual([first.sha256]);
    expect(await readFile(join(previous, basename(service.key)), 'utf8')).toBe(exportKey(first.key));
    // The very file that was replaced, in a directory that nobody else can enter.
    expect(await mode(join(previous, basename(service.key)))).toBe('640');
    expect(await mode(previous)).toBe('700');
    expect(await mode(service.key)).toBe('640');
    expect(await fingerprints(service.cert)).toEqual([second.sha256]);
    const third = await issue();
    await install(third);
    expect(await fingerprints(join(previous, basename(service.cert)))).toEqual([second.sha256]);
  });

  test('after a new root was pinned carries both roots, and drops what is pinned no more', async () => {
    await install(await issue());
    const both = {
      pins: [root.sha256, intermediate.sha256, stranger.root.sha256, stranger.intermediate.sha256],
      bundlePem: stranger.root.pem + root.pem,
    };
    const next = await issueTo([service.identity], stranger.intermediate);
    await installCertificate(service, next.issued, next.key, both);
    expect((await fingerprints(service.bundle)).sort()).toEqual([...both.pins].sort());
    const only = { pins: [stranger.root.sha256, stranger.intermediate.sha256], bundlePem: stranger.root.pem };
    await installCertificate(service, next.issued, next.key, only);
    expect((await fingerprints(service.bundle)).sort()).toEqual([...only.pins].sort());
  });

  test('leaves nothing half written where it cannot write', async () => {
    await install(await issue());
    // The bundle comes last; a link in its place is refused.
    const moved = `${service.bundle}.moved`;
    await writeFile(moved, '');
    await rm(service.bundle);
    await symlink(moved, service.bundle);
    expect(await refusal(install(await issue()))).toBe('symlink_refused');
    expect(await readFile(moved, 'utf8')).toBe('');
  });

  test('a directory in the place of a file is named', async () => {
    await mkdir(service.key, { recursive: true });
    await expect(install(await issue())).rejects.toThrow();
    await expect(stat(service.cert)).rejects.toThrow();
  });
});
