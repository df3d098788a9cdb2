import { describe, expect, it } from 'vitest';
import { firstMove, problemsOf, withCustodians } from './production-move.ts';

const propose = (index: number): string => `Custodian ${index}`;
const fields = (input: Parameters<typeof problemsOf>[0]): string[] =>
  problemsOf(input).map(({ field, message }) => `${field} ${message.key}`);

describe('moving to production', () => {
  it('starts from any three of five', () => {
    const first = firstMove(propose);
    expect(first).toMatchObject({ shares: 5, threshold: 3 });
    expect(first.custodians).toEqual([1, 2, 3, 4, 5].map(propose));
    expect(problemsOf(first)).toEqual([]);
  });

  it('keeps names that were given when the number of shares changes', () => {
    const named = { shares: 5, threshold: 3, custodians: ['Kim', 'Lee', 'Park', 'Choi', 'Jung'] };
    const fewer = withCustodians({ ...named, shares: 3 }, propose);
    expect(fewer.custodians).toEqual(['Kim', 'Lee', 'Park']);
    expect(withCustodians({ ...fewer, shares: 4 }, propose).custodians[3]).toBe('Custodian 4');
  });

  it('never makes more fields than shares are possible', () => {
    const at = (shares: number): number =>
      withCustodians({ shares, threshold: 2, custodians: [] }, propose).custodians.length;
    expect([at(0), at(Number.NaN), at(-3), at(900)]).toEqual([2, 2, 2, 20]);
  });

  it('tells a threshold over the shares, one person alone, and one custodian twice', () => {
    const custodians = ['Kim', 'Lee', 'Park'];
    expect(fields({ shares: 3, threshold: 4, custodians })).toEqual(['threshold setup.check.threshold']);
    expect(fields({ shares: 3, threshold: 1, custodians })).toEqual([
      'threshold production.problem.threshold',
    ]);
    expect(fields({ shares: 3, threshold: 2, custodians: ['Kim', 'Lee', 'Kim '] })).toEqual([
      'custodians setup.check.custodian_twice',
    ]);
  });
});
