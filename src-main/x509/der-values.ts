import { contentOf, expect, malformed, tags, type DerNode } from './der.ts';
import { printable } from './printable.ts';

const hexTable = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexTable[byte];
  return text;
}

/** INTEGER as lower-case hex of its content octets, without the sign octet of a positive number. Negative: leading `-`. */
export function integerHex(node: DerNode): string {
  const content = contentOf(expect(node, tags.integer));
  const first = content[0];
  if (first === undefined) throw malformed(node.offset, 'an INTEGER without content');
  if (first >= 0x80) {
    const magnitude = (1n << BigInt(content.length * 8)) - BigInt(`0x${toHex(content)}`);
    const text = magnitude.toString(16);
    return `-${text.length % 2 === 0 ? text : `0${text}`}`;
  }
  return toHex(first === 0 && content.length > 1 ? content.subarray(1) : content);
}

/** INTEGER or ENUMERATED that fits 48 bits, not negative. */
export function smallInteger(node: DerNode, id: number = tags.integer): number {
  const content = contentOf(expect(node, id));
  if (content.length === 0 || content.length > 6 || (content[0] ?? 0) >= 0x80) {
    throw malformed(node.offset, 'a number out of range');
  }
  let value = 0;
  for (const byte of content) value = value * 256 + byte;
  return value;
}

export function booleanOf(node: DerNode): boolean {
  const content = contentOf(expect(node, tags.boolean));
  if (content.length !== 1) throw malformed(node.offset, 'a BOOLEAN of another length than 1');
  return content[0] !== 0;
}

/** Dotted decimal. Also for implicitly tagged identifiers: the tag is the caller's matter. */
export function oidText(node: DerNode): string {
  const { bytes, start, end } = node;
  if (start === end) throw malformed(node.offset, 'an OBJECT IDENTIFIER without content');
  if (end - start > 128) throw malformed(node.offset, 'an absurd OBJECT IDENTIFIER');
  let text = '';
  let arc = 0;
  let open = false;
  for (let position = start; position < end; position++) {
    const byte = bytes[position] ?? 0;
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw malformed(node.offset, 'an absurd OBJECT IDENTIFIER');
    open = (byte & 0x80) !== 0;
    if (open) continue;
    if (text === '') {
      const root = Math.min(2, Math.floor(arc / 40));
      text = `${root}.${arc - root * 40}`;
    } else text += `.${arc}`;
    arc = 0;
  }
  if (open) throw malformed(node.offset, 'an OBJECT IDENTIFIER that is cut off');
  return text;
}

export const oidOf = (node: DerNode): string => oidText(expect(node, tags.oid));

/** BIT STRING: its octets and how many bits of the last one do not count. */
export function bitStringOf(node: DerNode): { readonly bits: Uint8Array; readonly unused: number } {
  return bitsOf(expect(node, tags.bitString));
}

/** Content of an implicitly tagged BIT STRING. */
export function bitsOf(node: DerNode): { readonly bits: Uint8Array; readonly unused: number } {
  const content = contentOf(node);
  const unused = content[0];
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) {
    throw malformed(node.offset, 'a BIT STRING with impossible unused bits');
  }
  return { bits: content.subarray(1), unused };
}

/** Numbers of the bits that are set in a named bit list (X.680 22.7), first bit 0. */
export function namedBits(bits: Uint8Array): number[] {
  const set: number[] = [];
  for (const [index, byte] of bits.subarray(0, 8).entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) !== 0) set.push(index * 8 + bit);
  }
  return set;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function utf16(bytes: Uint8Array): string {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1));
  return even.swap16().toString('utf16le');
}

function utf32(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let position = 0; position + 4 <= bytes.length; position += 4) {
    const point = view.getUint32(position);
    text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
  }
  return text;
}

/** Text of any string type, with characters that could mislead a reader made visible. Undefined for other types. */
export function textOf(node: DerNode): string | undefined {
  const content = contentOf(node);
  switch (node.id) {
    case tags.utf8String:
      return printable(Buffer.from(content).toString('utf8'));
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // TeletexString, in practice Latin-1
    case 0x16: // IA5String
    case 0x19: // GraphicString
    case 0x1a: // VisibleString
    case 0x1b: // GeneralString
      return printable(latin1(content));
    case 0x1c:
      return printable(utf32(content));
    case 0x1e:
      return printable(utf16(content));
    default:
      return undefined;
  }
}

/** IA5 content of an implicitly tagged element. */
export const ia5Of = (node: DerNode): string => printable(latin1(contentOf(node)));

/** UTCTime or GeneralizedTime as unix milliseconds (RFC 5280 4.1.2.5; offsets and missing seconds are tolerated). */
export function timeOf(node: DerNode): number {
  const { id } = node;
  if (id !== tags.utcTime && id !== tags.generalizedTime) throw malformed(node.offset, 'no time');
  const match =
    /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?(?:Z|([+-])(\d\d)(\d\d))$/.exec(
      node.end - node.start > 40 ? '' : latin1(contentOf(node)),
    );
  const yearText = match?.[1] ?? '';
  if (match === null || yearText.length !== (id === tags.utcTime ? 2 : 4)) {
    throw malformed(node.offset, 'a time that cannot be read');
  }
  const part = (index: number): number => Number(match[index] ?? '0');
  const short = Number(yearText);
  const year = yearText.length === 4 ? short : short >= 50 ? 1900 + short : 2000 + short;
  const [month, day, hour, minute, second] = [part(2), part(3), part(4), part(5), part(6)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000));
  if (
    date.getUTCMonth() !== month - 1 ||
    date.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw malformed(node.offset, 'a time that does not exist');
  }
  const offset = (part(9) * 60 + part(10)) * 60_000;
  return date.getTime() - (match[8] === '-' ? -offset : offset);
}

/** Content as lower-case hex. */
export const contentHex = (node: DerNode): string => toHex(contentOf(node));
