import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { CertificateListItem, certificatesContract } from '../../shared/contract/certificates.ts';

export type ListQuery = z.output<(typeof certificatesContract)['certificates.list']['input']>;

const sha256Text = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Names one row in a cursor, whatever the length of its path. */
const rowKey = ({ path, sha256 }: CertificateListItem): string =>
  sha256Text(`${path}\n${sha256}`).slice(0, 32);

function matches(row: CertificateListItem, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return true;
  const texts = [
    row.title,
    row.issuer,
    row.path,
    row.service?.name ?? '',
    row.service?.id ?? '',
    ...row.names,
  ];
  if (texts.some((text) => text.toLowerCase().includes(wanted))) return true;
  // A fingerprint or serial number as people copy it, with colons.
  const hex = wanted.replace(/[:\s]/g, '');
  return /^[0-9a-f]{4,}$/.test(hex) && (row.sha256.startsWith(hex) || row.serial.startsWith(hex));
}

const allows = <T>(wanted: readonly T[] | undefined, value: T): boolean =>
  wanted === undefined || wanted.length === 0 || wanted.includes(value);

/** Of every facet one of its values. */
const passes = ({ state, kind, problems }: CertificateListItem, { filters }: ListQuery): boolean =>
  allows(filters.state, state) &&
  allows(filters.kind, kind) &&
  allows(filters.problems, problems.errors + problems.warnings > 0 ? 'some' : 'none');

const compareText = (a: string, b: string): number => {
  const [low, other] = [a.toLowerCase(), b.toLowerCase()];
  return low < other ? -1 : low > other ? 1 : 0;
};

/** By the column asked for, then by file: the same rows always have the same order. */
function compare(a: CertificateListItem, b: CertificateListItem, { sort, descending }: ListQuery): number {
  const sign = descending ? -1 : 1;
  switch (sort) {
    case 'expiry':
      return sign * (a.notAfter - b.notAfter);
    case 'name':
      return sign * compareText(a.title, b.title);
    case 'issuer':
      return sign * compareText(a.issuer, b.issuer);
    case 'service':
      // Rows without a service stand last in both directions.
      if (a.service === undefined || b.service === undefined)
        return Number(a.service === undefined) - Number(b.service === undefined);
      return sign * compareText(a.service.name, b.service.name);
  }
}

/** Where a page starts: behind the row the cursor names; where that row is gone, at the same place. */
function startOf(rows: readonly CertificateListItem[], cursor: string | undefined): number {
  const [, offset, key] = /^(\d{1,9})\.([0-9a-f]{32})$/.exec(cursor ?? '') ?? [];
  if (offset === undefined) return 0;
  const at = rows.findIndex((row) => rowKey(row) === key);
  return at === -1 ? Math.min(Number(offset), rows.length) : at + 1;
}

/** One page of the rows that match. */
export function pageOf(
  rows: readonly CertificateListItem[],
  query: ListQuery,
): { matching: number; items: CertificateListItem[]; cursor?: string } {
  const found = rows
    .filter((row) => matches(row, query.search) && passes(row, query))
    .sort((a, b) => compare(a, b, query) || compareText(a.path, b.path) || compareText(a.sha256, b.sha256));
  const start = startOf(found, query.cursor);
  const items = found.slice(start, start + query.limit);
  const last = items[items.length - 1];
  const end = start + items.length;
  return {
    matching: found.length,
    items,
    ...(last === undefined || end >= found.length ? {} : { cursor: `${end}.${rowKey(last)}` }),
  };
}
