import { X509Certificate } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import { findService } from '../../src-main/services/entry.ts';
import { readBundle, sha256 } from '../../src-main/tls/certificates.ts';
import { LocalTopology } from '../../src-main/topology/local-topology.ts';
import type { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { installation, type Installation } from '../support/installation.ts';
import { talk, type MtlsLoop } from '../support/mtls-pair.ts';

const pending = 4;
let stack: Installation;
let loop: MtlsLoop;

beforeAll(async () => {
  stack = await installation();
  for (const name of ['edge', 'inner']) await stack.must(['service', 'add', name]);
});
afterAll(() => stack?.stop());

const filesOf = async (id: string) => {
  const { cert, key, bundle, identity: name } = await findService(id, stack.paths);
  return { cert, key, bundle, name };
};
const certificate = async (path: string) => new X509Certificate(await readFile(path));
const leafOf = async (id: string) => certificate((await filesOf(id)).cert);
const bundleOf = async (id: string) =>
  readBundle(await readFile((await filesOf(id)).bundle, 'utf8'))
    .map(sha256)
    .sort();
const authorities = async () => ({
  root: await certificate(stack.paths.rootCert),
  intermediate: await certificate(stack.paths.intermediateCert),
});
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const board = async () =>
  (JSON.parse((await stack.must(['rotate', 'ca-key', 'status', '--json'])).stdout) as { board: CaKeyBoard })
    .board;

beforeEach(async () => {
  loop = await talk(await filesOf('edge'), await filesOf('inner'));
});
// Whatever a test does to the CA, nobody's conversation fails.
afterEach(async () => {
  await loop.stop();
  expect(loop.failures).toEqual([]);
  expect(loop.count()).toBeGreaterThan(50);
});

test('the intermediate is replaced phase by phase while services talk', async () => {
  const before = await authorities();
  await stack.must(['rotate', 'ca-key', '--skip', 'switch'], pending);
  expect((await authorities()).intermediate.raw).toEqual(before.intermediate.raw);
  const published = await board();
  expect(published).toMatchObject({ stage: 'published', nextAction: 'switch', waiting: 0 });
  expect(await bundleOf('edge')).toEqual(
    expect.arrayContaining([sha256(before.intermediate), published.next?.fingerprint]),
  );
  // In the middle step-ca may start again for any reason: it still issues what everybody trusts.
  await new LocalTopology(stack.paths).restartServer('step-ca');
  await stack.must(['rotate', 'force-reissue', 'edge']);
  expect((await leafOf('edge')).verify(before.intermediate.publicKey)).toBe(true);
  // Nobody else may change trust or keys meanwhile.
  for (const target of ['trust-sync', 'stepca-password'])
    expect((await stack.cli(['rotate', target])).stderr).toContain('CA');

  await stack.must(['rotate', 'ca-key', '--skip', 'reissue'], pending);
  const after = await authorities();
  expect(sha256(after.intermediate)).toBe(published.next?.fingerprint);
  expect(after.root.raw).toEqual(before.root.raw);
  expect(after.intermediate.subject).not.toBe(before.intermediate.subject);
  const switched = await board();
  expect(switched).toMatchObject({ stage: 'switched', waiting: 2 });
  expect((await stack.cli(['rotate', 'ca-key', '--full'])).stderr).toContain('intermediate-only');
  expect((await leafOf('edge')).verify(before.intermediate.publicKey)).toBe(true);

  await stack.must(['rotate', 'ca-key', '--skip', 'finalize'], pending);
  expect(await board()).toMatchObject({ stage: 'reissued', waiting: 0, nextAction: 'retire' });
  for (const id of ['edge', 'inner'])
    expect((await leafOf(id)).verify(after.intermediate.publicKey)).toBe(true);
  expect(await exists(stack.paths.rotationState)).toBe(true);

  await stack.must(['rotate', 'ca-key', '--cleanup']);
  expect(await bundleOf('edge')).not.toContain(sha256(before.intermediate));
  expect(await board()).toMatchObject({ stage: 'idle' });
  for (const path of [
    stack.paths.rotationState,
    `${stack.paths.intermediateKey}.next`,
    `${stack.paths.intermediateKey}.bak`,
  ])
    expect(await exists(path)).toBe(false);
  const { proofs } = await stack.last();
  expect(proofs.map(({ outcome }) => outcome)).not.toContain('not_proved');
});

test('root and intermediate are replaced in one go', async () => {
  const before = await authorities();
  await stack.must(['rotate', 'ca-key', '--full']);
  const after = await authorities();
  expect(sha256(after.root)).not.toBe(sha256(before.root));
  expect(after.intermediate.verify(after.root.publicKey)).toBe(true);
  expect(await bundleOf('inner')).toEqual([sha256(after.root), sha256(after.intermediate)].sort());
  // Kept, under a name that no later rotation takes for its own.
  const aside = `${stack.paths.rootKey}.retired-${sha256(before.intermediate).slice(0, 8)}`;
  expect([await exists(aside), await exists(`${stack.paths.rootKey}.bak`)]).toEqual([true, false]);
  await stack.must(['service', 'prove', 'edge']);
});

const leftovers = ({ rootCert, intermediateCert, intermediateKey }: WorkspacePaths) => ({
  [`${rootCert}.bak`]: 'of another year',
  [`${intermediateCert}.bak`]: 'of another year',
  [`${intermediateKey}.bak`]: 'of another year',
});

test.each(['switch', 'reissue', 'finalize'])('before %s it can be aborted', async (stop) => {
  const before = await authorities();
  const trusted = await bundleOf('edge');
  // Left by an earlier rotation of the tools: nobody may go back to it.
  for (const [path, text] of Object.entries(leftovers(stack.paths))) await writeFile(path, text);
  await stack.must(['rotate', 'ca-key', '--skip', stop], pending);
  await stack.must(['rotate', 'ca-key', 'abort']);
  const after = await authorities();
  expect([after.root.raw, after.intermediate.raw]).toEqual([before.root.raw, before.intermediate.raw]);
  expect(await bundleOf('edge')).toEqual(trusted);
  expect((await leafOf('edge')).verify(before.intermediate.publicKey)).toBe(true);
  expect(await exists(stack.paths.rotationState)).toBe(false);
  await stack.must(['rotate', 'force-reissue', 'edge']);
});

test('a gate that is closed holds the next phase up until a service is waived with a reason', async () => {
  await stack.must(['rotate', 'ca-key', '--skip', 'finalize'], pending);
  const { rotationState } = stack.paths;
  // One service goes back to its old leaf, as one that restores a backup would.
  const { cert, key } = await filesOf('edge');
  const previous = (await stack.last()).id;
  expect(previous).not.toBe('');
  const old = await stack.cli(['rotate', 'ca-key', 'waive', 'edge', '--reason', '']);
  expect(old.code).not.toBe(0);
  await stack.must(['rotate', 'ca-key', 'waive', 'edge', '--reason', 'switched off for good']);
  expect((await board()).rows.find(({ service }) => service === 'edge')?.waived).toMatchObject({
    reason: 'switched off for good',
  });
  expect(await readFile(rotationState, 'utf8')).toContain('switched off for good');
  expect([await exists(cert), await exists(key)]).toEqual([true, true]);
  await stack.must(['rotate', 'ca-key', '--cleanup']);
});
