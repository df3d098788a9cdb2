import type { Series } from '../../../shared/contract/monitoring.ts';

/** Where a chart is drawn, in units of its view box. */
export const box = { width: 640, height: 170, left: 44, right: 8, top: 8, bottom: 22 } as const;

/** A round number that is not below `value`, so that the axis has words that are easy to read. */
export function ceiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

export interface Scale {
  readonly top: number;
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

export function scaleOf(series: readonly Series[], from: number, to: number): Scale {
  const top = ceiling(Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value))));
  const { width, height, left, right, bottom } = box;
  const span = Math.max(1, to - from);
  return {
    top,
    x: (at) => left + ((at - from) / span) * (width - left - right),
    y: (value) => height - bottom - (value / top) * (height - box.top - bottom),
  };
}

/** The path of a line; a gap of more than two steps is not drawn over, for nothing is known of it. */
export function pathOf({ points }: Series, { x, y }: Scale, stepMs: number): string {
  let last: number | undefined;
  return points
    .map(([at, value]) => {
      const begins = last === undefined || at - last > 2 * stepMs;
      last = at;
      const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      // A point alone is a short line, or it would not be seen.
      return begins ? `M${place}h0.1` : `L${place}`;
    })
    .join('');
}
