import { describe, expect, it } from 'vitest';
import { box, ceiling, pathOf, scaleOf } from './chart-scale.ts';

describe('the scale of a chart', () => {
  it('ends at a round number above everything', () => {
    expect([0, 0.3, 1, 3, 12, 101, 480, 999].map(ceiling)).toEqual([1, 1, 1, 5, 20, 200, 500, 1000]);
  });

  it('begins at the left at zero and draws nothing where nothing is known', () => {
    const series = {
      name: 'a',
      points: [
        [0, 0],
        [10, 4],
        [20, 4],
        [90, 2],
      ] as [number, number][],
    };
    const scale = scaleOf([series], 0, 100);
    expect(scale.top).toBe(5);
    expect(scale.x(0)).toBe(box.left);
    expect(scale.y(0)).toBe(box.height - box.bottom);
    expect(pathOf(series, scale, 10).match(/[ML]/g)).toEqual(['M', 'L', 'L', 'M']);
  });
});
