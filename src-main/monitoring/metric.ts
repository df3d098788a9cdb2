import type { Picture } from './picture.ts';

export type Labels = Readonly<Record<string, string>>;
export type Point = readonly [labels: Labels, value: number];

/** One metric: what it means and its series in a picture. Times are unix seconds, as Prometheus has them. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly points: (picture: Picture) => readonly Point[];
}

export const seconds = (ms: number): number => ms / 1000;
export const flag = (value: boolean): number => (value ? 1 : 0);
export const when = (labels: Labels, ms: number | undefined): readonly Point[] =>
  ms === undefined ? [] : [[labels, seconds(ms)]];
