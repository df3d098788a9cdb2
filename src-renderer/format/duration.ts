export type TimeUnit = 'year' | 'day' | 'hour' | 'minute' | 'second';
export interface DurationPart {
  readonly unit: TimeUnit;
  readonly value: number;
}

const sizes: readonly (readonly [TimeUnit, number])[] = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** A length of time in its two largest units, for example 23 h 10 min. Under a second: 0 s. Milliseconds in, sign ignored. */
export function durationParts(milliseconds: number): readonly DurationPart[] {
  let rest = Math.floor(Math.abs(milliseconds) / 1000);
  const first = sizes.findIndex(([, size]) => rest >= size);
  if (first === -1) return [{ unit: 'second', value: 0 }];
  const parts: DurationPart[] = [];
  for (const [unit, size] of sizes.slice(first, first + 2)) {
    const value = Math.floor(rest / size);
    rest -= value * size;
    if (value > 0) parts.push({ unit, value });
  }
  return parts;
}
