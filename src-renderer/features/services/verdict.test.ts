import { describe, expect, it } from 'vitest';
import { rungs, type Rung } from '../../../shared/contract/services.ts';
import { lowestUnproved, verdictOf } from './verdict.ts';

const ladder = (...outcomes: Rung['outcome'][]): Rung[] =>
  outcomes.map((outcome, index) => ({ rung: rungs[index] ?? 'configured', outcome, evidence: [] }));

describe('the verdict on a service', () => {
  it('is proved only when all five rungs are', () => {
    expect(verdictOf(ladder('proved', 'proved', 'proved', 'proved', 'proved'))).toBe('proved');
    expect(verdictOf(ladder('proved', 'proved', 'proved', 'proved'))).toBe('unknown');
  });
  it('is named after the lowest rung that is not proved', () => {
    expect(lowestUnproved(ladder('proved', 'not_proved', 'proved', 'contradicted', 'unknown'))).toEqual({
      rung: 'on_disk',
      outcome: 'not_proved',
    });
  });
  it('of nothing is unknown', () => expect(verdictOf([])).toBe('unknown'));
});
