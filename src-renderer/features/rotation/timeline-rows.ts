import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** How soon a credential ends. */
export const spans = ['ended', 'hour', 'day', 'week', 'month', 'year', 'later', 'unknown', 'never'] as const;
export type Span = (typeof spans)[number];

const limits: readonly (readonly [Span, number])[] = [
  ['ended', 0],
  ['hour', hour],
  ['day', day],
  ['week', 7 * day],
  ['month', 30 * day],
  ['year', 365 * day],
];

export function spanOf({ expiresAt, limit }: CredentialExpiry, now: number): Span {
  // What nobody knows comes after what ends, and is never said to last.
  if (expiresAt === undefined) return limit === 'none' ? 'never' : 'unknown';
  const left = expiresAt - now;
  return limits.find(([, most]) => left <= most)?.[0] ?? 'later';
}

/** The marks of the axis, milliseconds from now: each is about ten times the one before. */
export const marks = [
  { id: 'hour', at: hour },
  { id: 'day', at: day },
  { id: 'week', at: 7 * day },
  { id: 'month', at: 30 * day },
  { id: 'year', at: 365 * day },
  { id: 'decade', at: 3650 * day },
] as const;

const [first, last] = [hour / 6, 3650 * day * 1.6];

/** Place on the axis from 0 to 1: an hour and ten years must both be seen, so it is logarithmic. */
export const placeOf = (left: number): number =>
  Math.min(1, Math.max(0, Math.log(Math.max(left, first) / first) / Math.log(last / first)));

export type Grouping = 'span' | 'kind';
export type TimelineRow =
  | {
      readonly type: 'group';
      readonly id: string;
      readonly count: number;
      readonly first: number | undefined;
    }
  | { readonly type: 'item'; readonly item: CredentialExpiry };

const endOf = ({ expiresAt }: CredentialExpiry): number => expiresAt ?? Number.POSITIVE_INFINITY;
const byEnd = (a: CredentialExpiry, b: CredentialExpiry): number =>
  endOf(a) === endOf(b) ? a.name.localeCompare(b.name) : endOf(a) - endOf(b);

/**
 * Heads and credentials in the order in which they are drawn: groups by their first end, within them the earliest first.
 * @param folded ids of groups whose credentials are not drawn
 */
export function timelineRows(
  items: readonly CredentialExpiry[],
  grouping: Grouping,
  folded: ReadonlySet<string>,
  now: number,
): readonly TimelineRow[] {
  const groups = new Map<string, CredentialExpiry[]>();
  for (const item of [...items].sort(byEnd)) {
    const id = grouping === 'kind' ? item.kind : spanOf(item, now);
    const members = groups.get(id);
    if (members === undefined) groups.set(id, [item]);
    else members.push(item);
  }
  const place = (id: string): number => spans.findIndex((span) => span === id);
  const ordered = [...groups];
  if (grouping === 'span') ordered.sort(([a], [b]) => place(a) - place(b));
  return ordered.flatMap(([id, members]): TimelineRow[] => [
    { type: 'group', id, count: members.length, first: members[0]?.expiresAt },
    ...(folded.has(id) ? [] : members.map((item): TimelineRow => ({ type: 'item', item }))),
  ]);
}
