import { beforeAll, describe, expect, it } from 'vitest';
import { exportKey, generateKey } from '../x509/keys.ts';
import { issueLeaf, makeHierarchy, type Authority } from '../x509/authority.ts';
import { reasonsToRenew, renewalWindowMs, type RenewalFacts } from './predicate.ts';
import { X509Certificate } from 'node:crypto';

const hour = 3_600_000;
const now = Date.parse('2030-01-01T00:00:00Z');
const identity = '001.edge-proxy.edge-node-01.trusted.domain';
let facts: RenewalFacts;
let root: Authority;
let twin: Authority;

const hierarchy = (): ReturnType<typeof makeHierarchy> =>
  makeHierarchy({
    name: 'Bootroot',
    keyType: 'ec-p256',
    notBefore: now - 1000 * hour,
    rootLifetime: 20_000 * hour,
    intermediateLifetime: 10_000 * hour,
    pathLength: 0,
    permittedNames: [],
  });

beforeAll(async () => {
  const own = await hierarchy();
  const other = await hierarchy();
  root = own.root;
  twin = other.intermediate;
  const key = await generateKey('ec-p256');
  const request = {
    names: [identity],
    key,
    purposes: ['server' as const],
    notBefore: now - hour,
    lifetime: 24 * hour,
  };
  const leaf = await issueLeaf(request, own.intermediate);
  facts = {
    files: {
      certPem: leaf.pem,
      keyPem: exportKey(key),
      bundlePem: own.intermediate.pem + own.root.pem,
    },
    identity,
    pins: [own.root.sha256, own.intermediate.sha256],
    renewBeforeMs: 16 * hour,
    forced: false,
    now,
  };
});

const reasons = (
  change: Partial<RenewalFacts>,
  files: Partial<RenewalFacts['files']> = {},
): readonly string[] => reasonsToRenew({ ...facts, ...change, files: { ...facts.files, ...files } });

describe('reasonsToRenew', () => {
  it('answers nothing for a set that is as it should be', () => expect(reasons({})).toEqual([]));

  it('says when the end is near, and when it is urgent', () => {
    expect(reasons({ now: now + 6.9 * hour })).toEqual([]);
    expect(reasons({ now: now + 7 * hour })).toEqual(['expiry']);
    expect(reasons({ now: now + 22 * hour })).toEqual(['expiry', 'emergency']);
    expect(reasons({ now: now + 100 * hour })).toEqual(['expiry', 'emergency']);
  });

  it('takes a window longer than the life as its last third: the older default must not order at every check', () => {
    expect(reasons({ renewBeforeMs: 720 * hour })).toEqual([]);
    expect(renewalWindowMs(new X509Certificate(facts.files.certPem ?? ''), 720 * hour)).toBe(8 * hour);
    expect(reasons({ renewBeforeMs: 720 * hour, now: now + 15 * hour })).toEqual(['expiry']);
  });

  it('follows the advice of the CA when its moment has come', () => {
    expect(reasons({ advisedAt: now + 1 })).toEqual([]);
    expect(reasons({ advisedAt: now })).toEqual(['renewal_info']);
  });

  it('does not keep what the CA has revoked', () => {
    expect(reasons({ revoked: false })).toEqual([]);
    expect(reasons({ revoked: true })).toEqual(['revoked']);
  });

  it('obeys who forces it', () => expect(reasons({ forced: true })).toEqual(['forced']));

  it('judges the chain by signatures: a CA of the same name is another CA', () => {
    expect(reasons({ pins: [twin.sha256] }, { bundlePem: twin.pem })).toEqual(['chain']);
    expect(reasons({ pins: [root.sha256] })).toEqual(['chain']);
    expect(reasons({ pins: facts.pins.slice(1) })).toEqual([]);
    expect(reasons({}, { bundlePem: 'torn' })).toEqual(['bundle_missing']);
    // No trust in the file: nothing to judge by.
    expect(reasons({ pins: [] }, { bundlePem: 'torn' })).toEqual([]);
  });

  it('wants exactly the one name', () => {
    expect(reasons({ identity: `002.${identity}` })).toEqual(['names']);
    expect(reasons({ identity: identity.toUpperCase() })).toEqual([]);
  });

  it('wants the key, the right one, of the right type', async () => {
    const { certPem = '', bundlePem = '' } = facts.files;
    expect(reasonsToRenew({ ...facts, files: { certPem, bundlePem } })).toEqual(['key_missing']);
    expect(reasons({}, { keyPem: exportKey(await generateKey('ec-p256')) })).toEqual(['key_mismatch']);
    expect(reasons({}, { keyPem: 'torn' })).toEqual(['key_mismatch']);
    expect(reasons({ keyType: 'ec-p384' })).toEqual(['key_policy']);
    expect(reasons({ keyType: 'ec-p256' })).toEqual([]);
  });

  it('answers all reasons together, and a missing leaf alone', () => {
    expect(reasons({ forced: true, now: now + 22 * hour, pins: [root.sha256] })).toEqual([
      'expiry',
      'emergency',
      'chain',
      'forced',
    ]);
    expect(reasonsToRenew({ ...facts, files: {} })).toEqual(['missing']);
    expect(reasons({}, { certPem: 'torn' })).toEqual(['unreadable']);
  });
});
