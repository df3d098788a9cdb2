import { describe, expect, it } from 'vitest';
import type { SecretInput } from '../../../shared/contract/operations.ts';
import { areComplete, problemOf } from './secrets.ts';

const input = (fresh: boolean): SecretInput => ({
  name: 'passphrase',
  label: { key: 'error.changed.nothing' },
  minLength: 12,
  fresh,
});

describe('secrets typed for a run', () => {
  it('must be long enough', () => {
    expect(problemOf(input(false), { value: 'short', again: '' })).toBe('too_short');
    expect(problemOf(input(false), undefined)).toBe('too_short');
  });
  it('must be typed twice when they are new', () => {
    expect(problemOf(input(true), { value: 'long enough for it', again: 'long enough for i' })).toBe(
      'differs',
    );
    expect(problemOf(input(false), { value: 'long enough for it', again: '' })).toBeUndefined();
  });
  it('are complete when each is', () => {
    expect(areComplete([], {})).toBe(true);
    expect(areComplete([input(true)], { passphrase: { value: 'a'.repeat(12), again: 'a'.repeat(12) } })).toBe(
      true,
    );
  });
});
