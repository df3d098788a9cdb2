import { describe, expect, it } from 'vitest';
import { contrast } from './contrast.ts';
import { statusColours, statuses } from './status.ts';

describe('colours of the status words', () => {
  for (const theme of ['light', 'dark'] as const) {
    for (const status of statuses) {
      it(`${status} can be read in the ${theme} theme`, () => {
        const { text, ground } = statusColours[theme][status];
        expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
      });
    }
  }

  it('knows black on white', () => expect(contrast('#000000', '#ffffff')).toBeCloseTo(21));
});
