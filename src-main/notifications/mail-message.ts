import { randomUUID } from 'node:crypto';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly lines: readonly string[];
  /** Unix milliseconds. */
  readonly at: number;
}

const oneLine = (text: string): string => text.replace(/[\r\n\t]+/g, ' ').trim();

/** RFC 2047, in pieces of whole characters that stay below its limit of 75. */
function encodedHeader(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && text.length < 60) return text;
  const words: string[] = [];
  let piece = '';
  for (const character of text) {
    if (Buffer.byteLength(piece + character) > 42) {
      words.push(piece);
      piece = '';
    }
    piece += character;
  }
  words.push(piece);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}

/** A plain text mail (RFC 5322), UTF-8 in base64, so that no server has to understand 8-bit text or long lines. */
export function mailMessage({ from, to, subject, lines, at }: Mail): string {
  const body = Buffer.from(`${lines.join('\r\n\r\n')}\r\n`).toString('base64');
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return [
    `From: Bootroot Console <${oneLine(from)}>`,
    `To: ${to.map(oneLine).join(', ')}`,
    `Subject: ${encodedHeader(oneLine(subject))}`,
    `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@${oneLine(domain)}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(body.match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n');
}
