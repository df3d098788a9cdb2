import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type Answer,
  type DecodedPacket,
} from 'dns-packet';

/** Response codes of RFC 1035 §4.1.1 in the four low bits of the flags. */
export const rcode = { ok: 0, malformed: 1, failed: 2, noName: 3, notImplemented: 4, refused: 5 } as const;

const ttlSeconds = 5;
const response = 0x8000;

/** A query that could be read: one question, or none when it asks something else. */
export interface Query {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Whether this is a plain question that is answered here; otherwise `rcode` says what to answer. */
  readonly rcode: number;
  readonly packet: DecodedPacket;
}

/** Reads a query. Undefined: not worth an answer (too short, or itself an answer, so that two servers never talk for ever). */
export function readQuery(data: Buffer): Query | { readonly id: number; readonly rcode: number } | undefined {
  if (data.length < 12 || (data.readUInt16BE(2) & response) !== 0) return undefined;
  const id = data.readUInt16BE(0);
  const opcode = (data.readUInt16BE(2) >> 11) & 0xf;
  if (opcode !== 0) return { id, rcode: rcode.notImplemented };
  // More than a few records in a question is an attack on the decoder, not a question.
  if (
    data.readUInt16BE(4) !== 1 ||
    data.readUInt16BE(6) + data.readUInt16BE(8) > 0 ||
    data.readUInt16BE(10) > 4
  ) {
    return { id, rcode: rcode.malformed };
  }
  try {
    const packet = decode(data);
    const [question] = packet.questions ?? [];
    if (question === undefined) return { id, rcode: rcode.malformed };
    const name = question.name.toLowerCase().replace(/\.$/, '');
    return {
      id,
      name,
      type: question.type,
      rcode: question.class === 'IN' ? rcode.ok : rcode.refused,
      packet,
    };
  } catch {
    return { id, rcode: rcode.malformed };
  }
}

/** Whether {@link readQuery} found a question. */
export function isQuestion(query: { readonly id: number; readonly rcode: number }): query is Query {
  return 'packet' in query;
}

/** A whole answer to a question: A gets the address, every other type of a known name an empty answer without error. */
export function answerKnown(query: Query, address: string): Buffer {
  const answers: Answer[] =
    query.type === 'A' || query.type === 'ANY'
      ? [{ type: 'A', name: query.packet.questions?.[0]?.name ?? query.name, ttl: ttlSeconds, data: address }]
      : [];
  return encode({
    type: 'response',
    id: query.id,
    flags: AUTHORITATIVE_ANSWER | ((query.packet.flags ?? 0) & RECURSION_DESIRED) | rcode.ok,
    questions: query.packet.questions ?? [],
    answers,
  });
}

/** An answer that says no. */
export function answerWith(query: { readonly id: number; readonly rcode: number }, code: number): Buffer {
  return encode({
    type: 'response',
    id: query.id,
    flags: code,
    questions: isQuestion(query) ? (query.packet.questions ?? []) : [],
  });
}

/** The empty answer with the "truncated" flag, for what does not fit into one datagram: the asker comes again by TCP. */
export function answerTruncated(query: Query): Buffer {
  return encode({
    type: 'response',
    id: query.id,
    flags: TRUNCATED_RESPONSE,
    questions: query.packet.questions ?? [],
  });
}
