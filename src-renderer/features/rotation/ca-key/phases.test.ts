import { expect, test } from 'vitest';
import { gateOf, phaseOf, standingOf } from './phases.ts';

test('the gate stands before the switch and before the old CA goes', () => {
  expect(gateOf({ nextAction: 'switch', waiting: 2 })).toBe('closed');
  expect(gateOf({ nextAction: 'retire', waiting: 0 })).toBe('open');
  // Reissuing is what makes rows green, so it never waits for them.
  expect(gateOf({ nextAction: 'reissue', waiting: 2 })).toBe('none');
  expect(gateOf({ nextAction: 'begin', waiting: 0 })).toBe('none');
});

test('phases before the next one are done', () => {
  expect(phaseOf({ nextAction: 'reissue' })).toBe('reissue');
  expect(standingOf('begin', 'reissue')).toBe('done');
  expect(standingOf('reissue', 'reissue')).toBe('current');
  expect(standingOf('retire', 'reissue')).toBe('ahead');
});
