import { ConsoleError } from '../../shared/errors.ts';

/** Deeper than any real structure; a hostile file must not exhaust the stack. */
export const maxDepth = 32;

/** One element of a DER encoding (X.690 chapter 10). Offsets are bytes from the start of `bytes`, always the whole file. */
export interface DerNode {
  readonly bytes: Uint8Array;
  /** First byte of the tag. */
  readonly offset: number;
  /** First byte of the content. */
  readonly start: number;
  /** First byte after the content. */
  readonly end: number;
  /** The first identifier octet: class, constructed bit and low tag number. */
  readonly id: number;
  /** Tag number, also when it needs more than one octet. */
  readonly tag: number;
}

/** Identifier octets that this folder reads. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `der_malformed` with the offset; the reason is technical detail in English. */
export function malformed(offset: number, reason: string): ConsoleError {
  return new ConsoleError('der_malformed', { offset }, { detail: `${reason} at offset ${offset}` });
}

/**
 * Reads one element that starts at `offset` and must end at or before `limit`. Reads the header only, so it costs the
 * same for 10 bytes and for 10 MB. Throws `der_malformed` for indefinite, overlong or impossible lengths.
 */
export function readNode(bytes: Uint8Array, offset = 0, limit = bytes.length): DerNode {
  const id = bytes[offset];
  if (id === undefined || offset >= limit) throw malformed(offset, 'the data ends where a tag is due');
  let position = offset + 1;
  let tag = id & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    for (let count = 0; ; count++) {
      const next = position < limit ? bytes[position] : undefined;
      if (next === undefined) throw malformed(position, 'the data ends inside a tag');
      if (count === 4) throw malformed(offset, 'the tag number is absurd');
      position++;
      tag = tag * 128 + (next & 0x7f);
      if ((next & 0x80) === 0) break;
    }
  }
  const first = position < limit ? bytes[position] : undefined;
  if (first === undefined) throw malformed(position, 'the data ends where a length is due');
  position++;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0) throw malformed(position - 1, 'indefinite length, which DER forbids');
    if (octets > 4) throw malformed(position - 1, `a length of ${octets} octets`);
    length = 0;
    for (let index = 0; index < octets; index++) {
      const next = position < limit ? bytes[position] : undefined;
      if (next === undefined) throw malformed(position, 'the data ends inside a length');
      length = length * 256 + next;
      position++;
    }
    if (length < 0x80 || length < 256 ** (octets - 1)) {
      throw malformed(offset + 1, 'a length that is longer than need be');
    }
  }
  const end = position + length;
  if (end > limit) throw malformed(offset, `${length} bytes announced, ${limit - position} there`);
  return { bytes, offset, start: position, end, id, tag };
}

/** Reads the one element that fills `bytes` from `start` to `end`; anything behind it is malformed. */
export function readOnly(bytes: Uint8Array, start = 0, end = bytes.length): DerNode {
  const node = readNode(bytes, start, end);
  if (node.end !== end) throw malformed(node.end, `${end - node.end} bytes behind the structure`);
  return node;
}

export const isConstructed = (node: DerNode): boolean => (node.id & 0x20) !== 0;

/** Content bytes, a view without a copy. */
export const contentOf = (node: DerNode): Uint8Array => node.bytes.subarray(node.start, node.end);

/** Header and content, a view without a copy. */
export const bytesOf = (node: DerNode): Uint8Array => node.bytes.subarray(node.offset, node.end);

/** The elements inside a constructed one, in order and one at a time: a list of a million costs what is read of it. */
export function* childrenOf(node: DerNode): Generator<DerNode, void> {
  let position = node.start;
  while (position < node.end) {
    const child = readNode(node.bytes, position, node.end);
    yield child;
    position = child.end;
  }
}

/** `node` if its identifier octet is `id`, else `der_malformed`. */
export function expect(node: DerNode, id: number): DerNode {
  if (node.id !== id) {
    throw malformed(node.offset, `tag 0x${node.id.toString(16)} where 0x${id.toString(16)} is due`);
  }
  return node;
}

/** Walks the content of a constructed element in order; the shape of the structure is the order of the calls. */
export class DerCursor {
  private readonly parent: DerNode;
  private position: number;

  constructor(parent: DerNode, id: number = tags.sequence) {
    this.parent = expect(parent, id);
    this.position = parent.start;
  }

  get done(): boolean {
    return this.position >= this.parent.end;
  }

  /** The identifier octet of the next element, without taking it; undefined at the end. */
  get peek(): number | undefined {
    return this.done ? undefined : this.parent.bytes[this.position];
  }

  /** Takes the next element; with `id` it must be of that identifier. */
  next(id?: number): DerNode {
    const node = readNode(this.parent.bytes, this.position, this.parent.end);
    if (id !== undefined) expect(node, id);
    this.position = node.end;
    return node;
  }

  /** Takes the next element if it has this identifier. */
  optional(id: number): DerNode | undefined {
    return this.peek === id ? this.next() : undefined;
  }
}
