import { childrenOf, isConstructed, tags, type DerNode } from './der.ts';

/** What a DER structure is, told from its shape alone. */
export type DerKind =
  | 'certificate'
  | 'request'
  | 'crl'
  | 'pkcs7'
  | 'pkcs12'
  | 'pkcs8'
  | 'encryptedKey'
  | 'pkcs1'
  | 'sec1'
  | 'otherKey'
  | 'publicKey';

/** Identifier octets of the first children. */
function shape(node: DerNode, count: number): (number | undefined)[] {
  const ids: number[] = [];
  if (!isConstructed(node)) return ids;
  for (const child of childrenOf(node)) {
    ids.push(child.id);
    if (ids.length === count) break;
  }
  return ids;
}

const isTime = (id: number | undefined): boolean => id === tags.utcTime || id === tags.generalizedTime;

/** Signed structures differ in what stands behind the names. */
function signedKind(body: DerNode): DerKind {
  const ids = shape(body, 4);
  if (ids[0] === 0xa0) return 'certificate';
  if (ids[0] !== tags.integer) return 'crl';
  if (isTime(ids[3])) return 'crl';
  return ids[3] === 0xa0 || ids[3] === undefined ? 'request' : 'certificate';
}

/** Undefined when the shape is none of these. Throws `der_malformed` where even the shape cannot be read. */
export function kindOf(node: DerNode): DerKind | undefined {
  if (node.id !== tags.sequence) return undefined;
  const [first, second, third] = shape(node, 3);
  if (first === tags.sequence && second === tags.sequence && third === tags.bitString) {
    for (const body of childrenOf(node)) return signedKind(body);
  }
  if (first === tags.sequence && second === tags.octetString) return 'encryptedKey';
  if (first === tags.sequence && second === tags.bitString) return 'publicKey';
  if (first === tags.oid && second === 0xa0) return 'pkcs7';
  if (first !== tags.integer) return undefined;
  if (second === tags.sequence) return third === tags.octetString ? 'pkcs8' : 'pkcs12';
  if (second === tags.octetString) return 'sec1';
  if (second === tags.integer) return shape(node, 9).length === 9 ? 'pkcs1' : 'otherKey';
  return undefined;
}
