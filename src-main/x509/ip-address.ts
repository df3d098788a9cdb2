import { isIP } from 'node:net';

/** Octets of an IPv4 or IPv6 address, undefined when it is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  const version = isIP(text);
  if (version === 4) return Uint8Array.from(text.split('.'), Number);
  if (version !== 6 || text.includes('%')) return undefined;
  // The last 32 bits may be written as an IPv4 address.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const plain =
    dotted === null
      ? text
      : `${dotted[1]}${(Number(dotted[2]) * 256 + Number(dotted[3])).toString(16)}:${(Number(dotted[4]) * 256 + Number(dotted[5])).toString(16)}`;
  const [head = '', tail] = plain.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return Uint8Array.from([...left, ...middle, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

/** RFC 5952 text of 4 or 16 octets; hex for anything else. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return `#${Buffer.from(bytes).toString('hex')}`;
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const words = groups.map((group) => group.toString(16));
  if (best.start < 0) return words.join(':');
  return `${words.slice(0, best.start).join(':')}::${words.slice(best.start + best.length).join(':')}`;
}

/** An address or CIDR range as address and mask, the form of name constraints (RFC 5280 4.2.1.10). */
export function cidrBytes(text: string): Uint8Array | undefined {
  const [base = '', prefixText, ...rest] = text.split('/');
  const address = addressBytes(base);
  if (address === undefined || rest.length > 0) return undefined;
  const bits = address.length * 8;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > bits) return undefined;
  const mask = address.map((_, index) => (0xff00 >> Math.min(8, Math.max(0, prefix - index * 8))) & 0xff);
  return Uint8Array.from([...address.map((byte, index) => byte & (mask[index] ?? 0)), ...mask]);
}

/** Address and mask as a CIDR range, or `address/mask` when the mask has holes. */
export function cidrText(bytes: Uint8Array): string {
  const half = bytes.length / 2;
  const mask = bytes.subarray(half);
  const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const prefix = bits.replace(/0+$/, '');
  const text = addressText(bytes.subarray(0, half));
  return prefix.includes('0') ? `${text}/${addressText(mask)}` : `${text}/${prefix.length}`;
}
