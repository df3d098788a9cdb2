import { childrenOf, contentOf, DerCursor, expect, malformed, tags, type DerNode } from './der.ts';
import { oidOf, textOf, toHex } from './der-values.ts';
import { oidLabel } from './oids.ts';

export interface NameAttribute {
  readonly oid: string;
  /** Short name such as `CN`, or the dotted decimal. */
  readonly type: string;
  readonly value: string;
}

/** A name as it stands in a certificate: a list of sets, from the general to the particular. */
export type DistinguishedName = readonly (readonly NameAttribute[])[];

/** Far above what X.520 allows in all; the text appears many times in a view. */
const maxNameBytes = 16 * 1024;

/** Throws `der_malformed`. */
export function readName(node: DerNode): DistinguishedName {
  if (node.end - node.start > maxNameBytes) throw malformed(node.offset, 'an absurd name');
  const sets: NameAttribute[][] = [];
  for (const set of childrenOf(expect(node, tags.sequence))) {
    const attributes: NameAttribute[] = [];
    for (const pair of childrenOf(expect(set, tags.set))) {
      const cursor = new DerCursor(pair);
      const oid = oidOf(cursor.next());
      const value = cursor.next();
      attributes.push({ oid, type: oidLabel(oid), value: textOf(value) ?? `#${toHex(contentOf(value))}` });
    }
    sets.push(attributes);
  }
  return sets;
}

const escapeValue = (value: string): string =>
  value
    .replace(/[",+;<>\\]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');

/** RFC 4514 text: the most particular part first, `CN=edge,O=Example`. */
export function nameText(name: DistinguishedName): string {
  return [...name]
    .reverse()
    .map((set) => set.map(({ type, value }) => `${type}=${escapeValue(value)}`).join('+'))
    .join(',');
}

/** The last common name, which is how people call it. */
export function commonNameOf(name: DistinguishedName): string | undefined {
  return name
    .flat()
    .reverse()
    .find(({ oid }) => oid === '2.5.4.3')?.value;
}
