import type { Overview } from '../../../shared/contract/home.ts';

/** One day of the strip. `heat` 0 to 3: none, one, up to five, more. */
export interface HeatDay {
  /** Unix milliseconds of its beginning, in the zone of this machine. */
  readonly start: number;
  readonly heat: 0 | 1 | 2 | 3;
  readonly expiries: Overview['expiries'];
}

/** The beginning of the day that lies `ahead` days from now; days of 23 or 25 hours count as days. */
function dayStart(now: number, ahead: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + ahead).getTime();
}

/** The coming `days` days, today first, each with what ends then. What has ended already counts for today. */
export function heatStrip(expiries: Overview['expiries'], now: number, days: number): readonly HeatDay[] {
  const starts = Array.from({ length: days + 1 }, (_, ahead) => dayStart(now, ahead));
  return starts.slice(0, days).map((start, index) => {
    const end = starts[index + 1] ?? start;
    const due = expiries.filter(({ at }) => at < end && (at >= start || index === 0));
    const heat = due.length === 0 ? 0 : due.length === 1 ? 1 : due.length <= 5 ? 2 : 3;
    return { start, heat, expiries: due };
  });
}
