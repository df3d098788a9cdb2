import { expect, test } from 'vitest';
import { earliestOf, effectiveExpiry } from './effective.ts';

const createdAt = Date.UTC(2030, 0, 1);
const hour = 3600;
const after = (hours: number): number => createdAt + hours * hour * 1000;
const none = { createdAt, issuedUntil: undefined, roleTtl: undefined, mountMax: undefined };

test.each([
  ['what it was issued with', { issuedUntil: after(10), roleTtl: 24 * hour }, 10, 'issued'],
  ['the role, made stricter since', { issuedUntil: after(24), roleTtl: 6 * hour }, 6, 'role'],
  ['the mount', { issuedUntil: after(24), roleTtl: 24 * hour, mountMax: 2 * hour }, 2, 'mount'],
  ['the role, where it was issued without end', { roleTtl: hour }, 1, 'role'],
  [
    'what it was issued with, a second before its role',
    { issuedUntil: after(24), roleTtl: 24 * hour },
    24,
    'issued',
  ],
])('a secret_id ends by %s', (_, limits, hours, limit) => {
  expect(effectiveExpiry({ ...none, ...limits })).toEqual({ expiresAt: after(hours), limit });
});

test('without any limit it does not end', () => {
  expect(effectiveExpiry(none)).toEqual({ limit: 'none' });
  expect(effectiveExpiry({ ...none, roleTtl: 0, mountMax: 0 })).toEqual({ limit: 'none' });
});

test('a target ends with the first of its credentials', () => {
  const item = (target: string, expiresAt?: number, kind: 'leaf' | 'delivery' = 'leaf') => ({
    id: target,
    kind,
    name: '',
    target,
    limit: 'certificate' as const,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  const items = [item('a', 9), item('a', 4), item('a'), item('b', 1), item('a', 2, 'delivery')];
  expect(earliestOf(items, 'a')).toBe(4);
  expect(earliestOf(items, 'c')).toBeUndefined();
});
