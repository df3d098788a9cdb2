import type { History } from './history/history.ts';
import type { Disk } from './picture.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** Fewer hours than this say nothing of a trend. */
const leastPoints = 6;

/** Slope by least squares, value per millisecond. */
export function slopeOf(points: readonly (readonly [at: number, value: number])[]): number | undefined {
  const n = points.length;
  if (n < 2) return undefined;
  const meanAt = points.reduce((sum, [at]) => sum + at, 0) / n;
  const mean = points.reduce((sum, [, value]) => sum + value, 0) / n;
  const spread = points.reduce((sum, [at]) => sum + (at - meanAt) ** 2, 0);
  if (spread === 0) return undefined;
  return points.reduce((sum, [at, value]) => sum + (at - meanAt) * (value - mean), 0) / spread;
}

/** When a disk is full at the growth of the last three days, unix milliseconds; undefined: it does not fill, or nobody knows yet. */
export async function fullAt(history: History, disk: Disk, now: number): Promise<number | undefined> {
  const found = await history.read(`disk:${disk.path}`, now - 3 * day, now, hour);
  const points = ([...found.values()][0] ?? []).map(({ at, total, count }) => [at, total / count] as const);
  const slope = points.length < leastPoints ? undefined : slopeOf(points);
  if (slope === undefined || slope >= 0) return undefined;
  const end = now + disk.freeBytes / -slope;
  // Further away than a year is no forecast.
  return end - now < 365 * day ? end : undefined;
}
