import type { Asn1Node, Asn1View } from '../../shared/contract/certificates.ts';
import {
  childrenOf,
  contentOf,
  isConstructed,
  maxDepth,
  readNode,
  readOnly,
  tags,
  type DerNode,
} from './der.ts';
import { bitsOf, integerHex, oidText, textOf, timeOf, toHex } from './der-values.ts';
import { oidName } from './oids.ts';

/** Elements of one page, and octets of its hex. */
const pageNodes = 2000;
const pageBytes = 64 * 1024;
const previewBytes = 32;

const universal: Readonly<Record<number, string>> = {
  1: 'BOOLEAN',
  2: 'INTEGER',
  3: 'BIT STRING',
  4: 'OCTET STRING',
  5: 'NULL',
  6: 'OBJECT IDENTIFIER',
  10: 'ENUMERATED',
  12: 'UTF8String',
  16: 'SEQUENCE',
  17: 'SET',
  18: 'NumericString',
  19: 'PrintableString',
  20: 'TeletexString',
  22: 'IA5String',
  23: 'UTCTime',
  24: 'GeneralizedTime',
  26: 'VisibleString',
  27: 'GeneralString',
  28: 'UniversalString',
  30: 'BMPString',
};

function tagName({ id, tag }: DerNode): string {
  switch (id >> 6) {
    case 0:
      return universal[tag] ?? `[UNIVERSAL ${tag}]`;
    case 1:
      return `[APPLICATION ${tag}]`;
    case 2:
      return `[${tag}]`;
    default:
      return `[PRIVATE ${tag}]`;
  }
}

/** The element inside an OCTET STRING or BIT STRING that holds DER again, as extensions and keys do. */
function encapsulated(node: DerNode): DerNode | undefined {
  if (node.id !== tags.octetString && node.id !== tags.bitString) return undefined;
  const start = node.id === tags.bitString ? node.start + 1 : node.start;
  if (node.id === tags.bitString && node.bytes[node.start] !== 0) return undefined;
  try {
    const inner = readOnly(node.bytes, start, node.end);
    if (inner.id >> 6 !== 0 || universal[inner.tag] === undefined) return undefined;
    if (isConstructed(inner)) for (const child of childrenOf(inner)) void child;
    else if (inner.end - inner.start === 0 && inner.id !== tags.null) return undefined;
    return inner;
  } catch {
    // Most octet strings are just octets.
    return undefined;
  }
}

const octets = (bytes: Uint8Array): string =>
  toHex(bytes.subarray(0, previewBytes)) + (bytes.length > previewBytes ? '…' : '');

function preview(node: DerNode): string {
  const content = contentOf(node);
  switch (node.id) {
    case tags.boolean:
      return content[0] === 0 ? 'FALSE' : 'TRUE';
    case tags.integer: {
      if (content.length > previewBytes) return octets(content);
      const hex = integerHex(node);
      const sign = hex.startsWith('-') ? '-' : '';
      return hex.length <= 12 ? `${sign}${Number.parseInt(hex.replace('-', ''), 16)}` : hex;
    }
    case tags.oid:
      return oidText(node);
    case tags.null:
      return '';
    case tags.utcTime:
    case tags.generalizedTime:
      return new Date(timeOf(node)).toISOString();
    case tags.bitString:
      return octets(bitsOf(node).bits);
    default: {
      const text = textOf(node);
      return text === undefined ? octets(content) : text.length > 200 ? `${text.slice(0, 200)}…` : text;
    }
  }
}

function describe(node: DerNode, depth: number): Asn1Node {
  const constructed = isConstructed(node);
  let text: string;
  try {
    text = constructed ? '' : preview(node);
  } catch {
    // A value that contradicts its type is shown as it is.
    text = octets(contentOf(node));
  }
  const name = node.id === tags.oid ? oidName(text) : undefined;
  return {
    offset: node.offset,
    depth,
    headerLength: node.start - node.offset,
    length: node.end - node.start,
    tag: tagName(node),
    constructed,
    ...(name === undefined ? {} : { name }),
    preview: text,
  };
}

/** Every element from `from` on, in the order of the file; what ends before `from` is passed over without a look inside. */
function* walk(node: DerNode, from: number, depth: number): Generator<Asn1Node, void> {
  if (node.end <= from && node.offset < from) return;
  if (node.offset >= from) yield describe(node, depth);
  if (depth >= maxDepth) return;
  if (isConstructed(node)) {
    for (const child of childrenOf(node)) yield* walk(child, from, depth + 1);
    return;
  }
  const inner = encapsulated(node);
  if (inner !== undefined) yield* walk(inner, from, depth + 1);
}

/**
 * One page of the raw structure, beginning with the first element at or after `from`.
 * Throws `der_malformed` where the structure breaks on this page.
 */
export function asn1Page(der: Uint8Array, from: number): Asn1View {
  const nodes: Asn1Node[] = [];
  let next: number | undefined;
  for (const node of walk(readNode(der), from, 0)) {
    if (nodes.length === pageNodes) {
      next = node.offset;
      break;
    }
    nodes.push(node);
  }
  const hexFrom = nodes[0]?.offset ?? der.length;
  const hexTo = Math.min(next ?? der.length, hexFrom + pageBytes);
  return {
    bytes: der.length,
    nodes,
    ...(next === undefined ? {} : { next }),
    hexFrom,
    hexBase64: Buffer.from(der.subarray(hexFrom, hexTo)).toString('base64'),
  };
}
