import { beforeAll, describe, expect, test } from 'vitest';
import { makeHierarchy, makeIntermediate, type Authority } from './authority.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { readCertificatePem } from './pem.ts';
import { mergeBundle, verifyPins } from './trust-bundle.ts';

const year = 365 * 24 * 3_600_000;
const now = Date.now();
let root: Authority;
let first: Authority;
let second: Authority;

beforeAll(async () => {
  const request = { keyType: 'ec-p256', notBefore: now, permittedNames: [], pathLength: 0 } as const;
  const made = await makeHierarchy({
    ...request,
    name: 'Test',
    rootLifetime: 10 * year,
    intermediateLifetime: 5 * year,
  });
  root = made.root;
  first = made.intermediate;
  second = await makeIntermediate(
    { ...request, commonName: 'Test Intermediate', organization: 'Test', lifetime: year },
    root,
  );
});
const pins = (...authorities: Authority[]): string[] => authorities.map(({ sha256 }) => sha256);
const refusal = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    if (isConsoleError(error)) return [error.code, error.data.params];
    throw error;
  }
  return 'accepted';
};

describe('verifyPins', () => {
  test('every certificate of the chain must be pinned, whatever its name', () => {
    expect(refusal(() => verifyPins([first.der, root.der], pins(root, first)))).toBe('accepted');
    expect(
      refusal(() =>
        verifyPins(
          [first.der],
          pins(root, first).map((pin) => pin.toUpperCase()),
        ),
      ),
    ).toBe('accepted');
    expect(refusal(() => verifyPins([second.der], pins(root, first)))).toEqual([
      'pin_mismatch',
      { subject: 'CN=Test Intermediate,O=Test', fingerprint: second.sha256 },
    ]);
    expect(refusal(() => verifyPins([first.der], []))).toEqual(['pins_missing', {}]);
  });
});

describe('mergeBundle', () => {
  test('a chain without its root keeps the root, each certificate once', () => {
    const merged = mergeBundle(pins(root, first), [first.der, first.der], [root.der, root.der, first.der]);
    expect(merged.fingerprints).toEqual(pins(first, root));
    expect(merged.dropped).toEqual([]);
    expect(readCertificatePem(merged.pem).map((der) => Buffer.from(der).toString('hex'))).toEqual(
      [first, root].map(({ der }) => Buffer.from(der).toString('hex')),
    );
  });

  test('a retired intermediate leaves with its pin, a pinned one stays though the chain no longer has it', () => {
    const previous = [first.der, root.der];
    expect(mergeBundle(pins(root, second), [second.der], previous)).toMatchObject({
      fingerprints: pins(second, root),
      dropped: pins(first),
    });
    expect(mergeBundle(pins(root, first, second), [second.der], previous).fingerprints).toEqual(
      pins(second, first, root),
    );
  });

  test('without a self-signed anchor it is refused, and missing pins are named', () => {
    expect(refusal(() => mergeBundle(pins(first), [first.der], [root.der]))).toEqual([
      'bundle_without_anchor',
      {},
    ]);
    expect(refusal(() => mergeBundle(pins(root, first), [first.der], []))).toEqual([
      'bundle_without_anchor',
      {},
    ]);
    expect(mergeBundle(pins(root, first, second), [first.der], [root.der]).missing).toEqual(pins(second));
  });
});
