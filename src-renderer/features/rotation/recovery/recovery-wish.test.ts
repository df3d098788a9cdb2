import { expect, test } from 'vitest';
import { recoveryInput, type RecoveryWish } from './recovery-wish.ts';

const wish: RecoveryWish = {
  shares: true,
  move: { shares: 2, threshold: 2, custodians: ['Ada ', 'Bo'] },
  root: false,
  ttlMinutes: 60,
  revokeOthers: true,
};

test('shares for custodians, for a file, and a root token', () => {
  expect(recoveryInput(wish, false)).toEqual({
    unsealShares: { shares: 2, threshold: 2, custodians: ['Ada', 'Bo'] },
    rootToken: null,
  });
  expect(recoveryInput({ ...wish, root: true }, true)).toEqual({
    unsealShares: { shares: 2, threshold: 2, custodians: [] },
    rootToken: { ttlMinutes: 60, revokeOthers: true },
  });
});

test.each<[string, Partial<RecoveryWish>]>([
  ['nothing wanted', { shares: false }],
  ['a custodian without a name', { move: { ...wish.move, custodians: ['Ada', ' '] } }],
  ['one custodian for two shares', { move: { ...wish.move, custodians: ['Ada', 'Ada'] } }],
  ['more needed than there are', { move: { ...wish.move, threshold: 3 } }],
  ['a token for ever', { root: true, ttlMinutes: 5000 }],
])('no plan for %s', (_what, change) => {
  expect(recoveryInput({ ...wish, ...change }, false)).toBeUndefined();
});
