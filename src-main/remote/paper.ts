import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ConsoleError } from '../../shared/errors.ts';
import { digestHex } from '../x509/digest.ts';

/** Base 32 without letters that a reader takes for others (Crockford's alphabet). */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const perLine = 40;
const mostBytes = 1 << 20;

function encode(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >> bits) & 31];
    }
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31];
}

function decode(text: string): Uint8Array {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of text) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
    }
  }
  return Uint8Array.from(bytes);
}

/** Two letters by which a line is told from its neighbours and from a slip of the pen. */
const check = (number: number, letters: string): string =>
  encode(Buffer.from(digestHex('sha256', Buffer.from(`${String(number)} ${letters}`)), 'hex')).slice(0, 2);

/** What people write for letters that are not in the alphabet. */
const normal = (text: string): string =>
  text.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1').replace(/[\s-]/g, '');

/**
 * A bootstrap.json as lines that can be printed, read aloud, scanned or typed: number, letters in fives, two letters of check; the last
 * line is the check of the whole.
 */
export function toPaper(artifact: string): readonly string[] {
  const compact = Buffer.from(JSON.stringify(JSON.parse(artifact)));
  const letters = encode(deflateRawSync(compact, { level: 9 }));
  const lines = letters.match(new RegExp(`.{1,${String(perLine)}}`, 'g')) ?? [];
  const width = String(lines.length).length;
  return [
    ...lines.map(
      (line, index) =>
        `${String(index + 1).padStart(width, '0')}  ${(line.match(/.{1,5}/g) ?? []).join(' ')}  ${check(index + 1, line)}`,
    ),
    `END  ${String(lines.length)}  ${digestHex('sha256', compact).slice(0, 8).toUpperCase()}`,
  ];
}

/**
 * The same back into the text of bootstrap.json. Lines may stand in any order and more than once; other lines are skipped.
 * @throws `remote_paper_line` naming the line whose letters do not fit its check, `remote_paper_incomplete` naming the first that is missing
 */
export function fromPaper(text: string): string {
  const found = new Map<number, string>();
  let end: { readonly lines: number; readonly digest: string } | undefined;
  for (const raw of text.split('\n')) {
    const closing = /^\s*END\s+(\d{1,5})\s+([0-9A-F]{8})\s*$/i.exec(raw);
    if (closing !== null) end = { lines: Number(closing[1]), digest: String(closing[2]).toUpperCase() };
    const [, digits, rest = ''] = /^\s*(\d{1,5})\s+(\S.*)$/.exec(raw) ?? [];
    if (digits === undefined) continue;
    const number = Number(digits);
    const letters = normal(rest);
    const line = letters.slice(0, -2);
    const fits =
      [...line].every((letter) => alphabet.includes(letter)) && check(number, line) === letters.slice(-2);
    if (!fits) throw new ConsoleError('remote_paper_line', { line: number });
    found.set(number, line);
  }
  const count = end?.lines ?? found.size + 1;
  let letters = '';
  for (let number = 1; number <= count; number += 1) {
    const line = found.get(number);
    if (line === undefined) throw new ConsoleError('remote_paper_incomplete', { line: number });
    letters += line;
  }
  let compact: Buffer;
  try {
    compact = inflateRawSync(decode(letters), { maxOutputLength: mostBytes });
  } catch (cause) {
    throw new ConsoleError('remote_paper_incomplete', { line: count }, { cause });
  }
  if (digestHex('sha256', compact).slice(0, 8).toUpperCase() !== end?.digest)
    throw new ConsoleError('remote_paper_incomplete', { line: count });
  return `${JSON.stringify(JSON.parse(compact.toString('utf8')), null, 2)}\n`;
}
