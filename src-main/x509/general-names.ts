import { childrenOf, contentOf, malformed, readNode, type DerNode } from './der.ts';
import { ia5Of, oidText, toHex } from './der-values.ts';
import { nameText, readName } from './distinguished-name.ts';
import { addressText, cidrText } from './ip-address.ts';

export type GeneralNameKind = 'dns' | 'ip' | 'uri' | 'email' | 'directory' | 'registeredId' | 'other';

/** One name of a subject alternative name and its like (RFC 5280 4.2.1.6). */
export interface GeneralName {
  readonly kind: GeneralNameKind;
  /** As text; addresses in their usual notation, other names as `oid:hex`. */
  readonly value: string;
}

/** A DNS name has 253 octets, an LDAP address a few hundred. */
const maxNameBytes = 4096;

/** @param asRange addresses carry a mask, as in name constraints */
export function readGeneralName(node: DerNode, asRange = false): GeneralName {
  if (node.end - node.start > maxNameBytes) throw malformed(node.offset, 'an absurd name');
  switch (node.tag) {
    case 1:
      return { kind: 'email', value: ia5Of(node) };
    case 2:
      return { kind: 'dns', value: ia5Of(node) };
    case 4: {
      // Name is a CHOICE, so this tag is explicit.
      return { kind: 'directory', value: nameText(readName(readNode(node.bytes, node.start, node.end))) };
    }
    case 6:
      return { kind: 'uri', value: ia5Of(node) };
    case 7: {
      const bytes = contentOf(node);
      const range = asRange && (bytes.length === 8 || bytes.length === 32);
      return { kind: 'ip', value: range ? cidrText(bytes) : addressText(bytes) };
    }
    case 8:
      return { kind: 'registeredId', value: oidText(node) };
    default:
      return { kind: 'other', value: `#${toHex(contentOf(node).subarray(0, 256))}` };
  }
}

/** More than any certificate carries; a hostile one may not fill the memory. */
const maxNames = 10_000;

export function readGeneralNames(parent: DerNode): GeneralName[] {
  const names: GeneralName[] = [];
  for (const node of childrenOf(parent)) {
    if ((node.id & 0xc0) !== 0x80) throw malformed(node.offset, 'no general name');
    if (names.length === maxNames) throw malformed(node.offset, `more than ${maxNames} names`);
    names.push(readGeneralName(node));
  }
  return names;
}
