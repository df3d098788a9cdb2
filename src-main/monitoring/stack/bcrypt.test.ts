import { expect, test } from 'vitest';
import { bcrypt, isBcryptOf } from './bcrypt.ts';

/** By libxcrypt. */
const known: readonly (readonly [string, string])[] = [
  ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['a', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
  ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['abcdefghijklmnopqrstuvwxyz', '$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC'],
  ['~!@#$%^&*()      ~!@#$%^&*()PNBFRD', '$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO'],
];

test('known hashes are their passwords’ and nobody else’s', () => {
  for (const [password, hash] of known) {
    expect([password, isBcryptOf(hash, password)]).toEqual([password, true]);
    expect(isBcryptOf(hash, `${password}.`)).toBe(false);
  }
  expect(isBcryptOf('$1$nothing', '')).toBe(false);
});

test('a password has another hash each time, and each is its own', () => {
  const [one, other] = [bcrypt('a-long-word'), bcrypt('a-long-word')];
  expect(one).not.toBe(other);
  expect(one).toMatch(/^\$2b\$10\$[./A-Za-z0-9]{53}$/);
  expect([isBcryptOf(one, 'a-long-word'), isBcryptOf(other, 'a-long-word')]).toEqual([true, true]);
});
