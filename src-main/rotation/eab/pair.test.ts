import { expect, test } from 'vitest';
import { isSet, noEab, pairOf, parsePair } from './pair.ts';

const hmac = Buffer.alloc(32, 251).toString('base64url');

test('a pair is taken as a CA gives it', () => {
  expect(parsePair(' kid-1\n', `${hmac}=`)).toEqual({ kid: 'kid-1', hmac });
});

test.each(['', 'y', 'YES', 'no', 'two words', 'ki\u0007d', 'é', 'k'.repeat(201)])('no key id: %j', (kid) => {
  expect(() => parsePair(kid, hmac)).toThrow('rotation_eab_kid');
});

test.each([
  '',
  'y',
  'yes',
  'abcd',
  'c2hvcnQ',
  `${hmac}+`,
  hmac.replace(/.$/, '/'),
  `${hmac} ${hmac}`,
  `${hmac}aa`,
])('no HMAC: %j', (text) => {
  expect(() => parsePair('kid-1', text)).toThrow('rotation_eab_hmac');
});

test('the empty pair is none', () => {
  expect(isSet(noEab)).toBe(false);
  expect(isSet(pairOf({ kid: 'a', hmac: 'b' }))).toBe(true);
  expect(pairOf({ kid: 'a' })).toBeUndefined();
  expect(pairOf(undefined)).toBeUndefined();
});
