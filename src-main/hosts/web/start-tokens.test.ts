import { describe, expect, it } from 'vitest';
import { createStartTokens } from './start-tokens.ts';

describe('createStartTokens', () => {
  it('takes a token once', () => {
    const tokens = createStartTokens();
    const token = tokens.issue();
    expect(tokens.redeem(token)).toBe('accepted');
    expect(tokens.redeem(token)).toBe('wrong');
  });

  it('takes only the newest token, and only for ten minutes', () => {
    let now = 0;
    const tokens = createStartTokens(() => now);
    const old = tokens.issue();
    const fresh = tokens.issue();
    expect(old).not.toBe(fresh);
    expect(tokens.redeem(old)).toBe('wrong');
    now = 10 * 60_000;
    expect(tokens.redeem(fresh)).toBe('expired');
  });

  it('takes nothing before a token was issued, not even the empty one', () => {
    expect(createStartTokens().redeem('')).toBe('wrong');
  });

  it('locks after five wrong guesses, longer each time, and a new address lifts the lock', () => {
    let now = 0;
    const tokens = createStartTokens(() => now);
    const token = tokens.issue();
    for (let guess = 0; guess < 5; guess += 1) expect(tokens.redeem(`guess${guess}`)).toBe('wrong');
    expect(tokens.redeem(token)).toBe('locked');
    now = 1001;
    expect(tokens.redeem('guess')).toBe('wrong');
    now = 2500;
    expect(tokens.redeem(token)).toBe('locked');
    now = 3100;
    expect(tokens.redeem(token)).toBe('accepted');
    for (let guess = 0; guess < 9; guess += 1) tokens.redeem('guess');
    expect(tokens.redeem(tokens.issue())).toBe('accepted');
  });
});
