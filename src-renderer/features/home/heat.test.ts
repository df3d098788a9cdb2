import { describe, expect, it } from 'vitest';
import { heatStrip } from './heat.ts';

const now = new Date(2026, 9, 24, 15, 30).getTime();
const leaf = (at: number, what = 'edge-proxy') => ({ at, what, kind: 'leaf' as const, to: '/' });

describe('heat strip', () => {
  it('has the days asked for, each beginning at midnight also where the clock changes', () => {
    const strip = heatStrip([], now, 30);
    expect(strip).toHaveLength(30);
    expect(strip.every(({ start }) => new Date(start).getHours() === 0)).toBe(true);
    expect(strip.every(({ heat }) => heat === 0)).toBe(true);
  });
  it('counts what has ended already for today, and leaves out what lies beyond', () => {
    const strip = heatStrip([leaf(now - 9e7), leaf(now + 1000), leaf(now + 40 * 86_400_000)], now, 30);
    expect(strip[0]?.expiries).toHaveLength(2);
    expect(strip.slice(1).every(({ expiries }) => expiries.length === 0)).toBe(true);
  });
  it('is hotter the more ends', () => {
    const tomorrow = now + 86_400_000;
    const heatOf = (count: number) =>
      heatStrip(
        Array.from({ length: count }, () => leaf(tomorrow)),
        now,
        3,
      )[1]?.heat;
    expect([0, 1, 2, 5, 6].map(heatOf)).toEqual([0, 1, 2, 2, 3]);
  });
});
