import { childrenOf, DerCursor, expect, malformed, readNode, readOnly, tags, type DerNode } from './der.ts';
import { bitStringOf, booleanOf, contentHex, ia5Of, namedBits, oidOf, smallInteger } from './der-values.ts';
import { readGeneralName, readGeneralNames, type GeneralName } from './general-names.ts';

/** One extension before its value is read. Offsets are of the whole file. */
export interface RawExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Bits of keyUsage in their order (RFC 5280 4.2.1.3). */
export const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsageName = (typeof keyUsageNames)[number];

/** More than any certificate carries; a hostile one may not turn its megabytes into gigabytes of view. */
const maxExtensions = 200;
const maxEntries = 1000;

/** The SEQUENCE OF Extension. */
export function readExtensions(list: DerNode): RawExtension[] {
  const extensions: RawExtension[] = [];
  for (const node of childrenOf(expect(list, tags.sequence))) {
    if (extensions.length === maxExtensions)
      throw malformed(node.offset, `more than ${maxExtensions} extensions`);
    const cursor = new DerCursor(node);
    const oid = oidOf(cursor.next());
    const critical = cursor.optional(tags.boolean);
    const value = cursor.next(tags.octetString);
    extensions.push({
      oid,
      critical: critical === undefined ? false : booleanOf(critical),
      bytes: value.bytes,
      start: value.start,
      end: value.end,
    });
  }
  return extensions;
}

const root = ({ bytes, start, end }: RawExtension): DerNode => readOnly(bytes, start, end);

export const basicConstraints = (extension: RawExtension): { ca: boolean; pathLength?: number } => {
  const cursor = new DerCursor(root(extension));
  const ca = cursor.optional(tags.boolean);
  const pathLength = cursor.optional(tags.integer);
  return {
    ca: ca === undefined ? false : booleanOf(ca),
    ...(pathLength === undefined ? {} : { pathLength: smallInteger(pathLength) }),
  };
};

export const keyUsage = (extension: RawExtension): KeyUsageName[] =>
  namedBits(bitStringOf(root(extension)).bits).flatMap((bit) => keyUsageNames[bit] ?? []);

/** The elements of a list, each read, up to a bound. */
function entriesOf<T>(list: DerNode, read: (entry: DerNode) => T): T[] {
  const entries: T[] = [];
  for (const entry of childrenOf(list)) {
    if (entries.length === maxEntries) throw malformed(entry.offset, `more than ${maxEntries} entries`);
    entries.push(read(entry));
  }
  return entries;
}

const listOf = (extension: RawExtension): DerNode => expect(root(extension), tags.sequence);

/** Object identifiers, of extKeyUsage. */
export const oidList = (extension: RawExtension): string[] => entriesOf(listOf(extension), oidOf);

export const altNames = (extension: RawExtension): GeneralName[] =>
  readGeneralNames(expect(root(extension), tags.sequence));

export const subjectKeyId = (extension: RawExtension): string =>
  contentHex(expect(root(extension), tags.octetString));

/** Key identifier, issuer names and serial of the issuing certificate; each may be absent. */
export function authorityKeyId(extension: RawExtension): { keyId?: string; serial?: string } {
  const cursor = new DerCursor(root(extension));
  const keyId = cursor.optional(0x80);
  cursor.optional(0xa1);
  const serial = cursor.optional(0x82);
  return {
    ...(keyId === undefined ? {} : { keyId: contentHex(keyId) }),
    ...(serial === undefined ? {} : { serial: contentHex(serial).replace(/^00(?=.)/, '') }),
  };
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export function nameConstraints(extension: RawExtension): NameConstraints {
  const cursor = new DerCursor(root(extension));
  const subtrees = (list: DerNode | undefined): GeneralName[] =>
    list === undefined
      ? []
      : entriesOf(list, (subtree) => readGeneralName(new DerCursor(subtree).next(), true));
  return { permitted: subtrees(cursor.optional(0xa0)), excluded: subtrees(cursor.optional(0xa1)) };
}

/** Places by access method (RFC 5280 4.2.2.1). */
export function accessDescriptions(extension: RawExtension): { method: string; location: string }[] {
  return entriesOf(listOf(extension), (description) => {
    const cursor = new DerCursor(description);
    return { method: oidOf(cursor.next()), location: readGeneralName(cursor.next()).value };
  });
}

/** The URIs of full names (RFC 5280 4.2.1.13). */
export function distributionPoints(extension: RawExtension): string[] {
  return entriesOf(listOf(extension), (point) => {
    const name = new DerCursor(point).optional(0xa0);
    if (name === undefined) return [];
    const full = readNode(name.bytes, name.start, name.end);
    return full.id === 0xa0 ? readGeneralNames(full).map(({ value }) => value) : [];
  }).flat();
}

export const policies = (extension: RawExtension): string[] =>
  entriesOf(listOf(extension), (policy) => oidOf(new DerCursor(policy).next()));

/** step-ca's record of the provisioner that allowed the certificate: type, name and credential (step 1.3.6.1.4.1.37476). */
export function stepProvisioner(extension: RawExtension): { type: number; name: string } {
  const cursor = new DerCursor(root(extension));
  return { type: smallInteger(cursor.next()), name: ia5Of(cursor.next(tags.octetString)) };
}
