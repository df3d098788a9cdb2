import type { Charts, Series } from '../../shared/contract/monitoring.ts';
import type { Bucket, History } from './history/history.ts';

type Chart = Charts['charts'][number];

const hour = 3_600_000;

/** About 150 points, at whole minutes. */
export function stepOf(hours: number): number {
  const choices = [60_000, 5 * 60_000, 15 * 60_000, hour, 3 * hour, 6 * hour];
  return choices.find((step) => (hours * hour) / step <= 150) ?? 6 * hour;
}

const values = {
  total: ({ total }: Bucket): number => total,
  mean: ({ total, count }: Bucket): number => total / Math.max(1, count),
  high: ({ high }: Bucket): number => high,
} as const;

/** Each chart: its series in the history (SQL LIKE) and what is drawn of a step. */
const drawn: readonly (readonly [Chart['name'], readonly string[], keyof typeof values])[] = [
  ['issuance', ['issued'], 'total'],
  ['failures', ['failed', 'acme5xx'], 'total'],
  ['latency', ['acme:%'], 'mean'],
  ['servers', ['server:%'], 'mean'],
  ['evidence', ['rung:%'], 'mean'],
  ['needs', ['needs:%'], 'high'],
];

/** What one series is called in its chart. */
const label = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The charts of the last hours from the console's own history. */
export async function chartsFromHistory(history: History, hours: number, now: number): Promise<Charts> {
  const stepMs = stepOf(hours);
  const from = Math.floor((now - hours * hour) / stepMs) * stepMs;
  const charts = await Promise.all(
    drawn.map(async ([name, patterns, what]): Promise<Chart> => {
      const found = await Promise.all(patterns.map((pattern) => history.read(pattern, from, now, stepMs)));
      const series = found.flatMap((some) =>
        [...some].map(([key, buckets]): Series => ({
          name: label(key),
          points: buckets.map((bucket) => [bucket.at, values[what](bucket)]),
        })),
      );
      return { name, series };
    }),
  );
  return { source: 'history', from, to: now, stepMs, charts };
}
