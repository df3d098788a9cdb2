import { describe, expect, it } from 'vitest';
import { fromBase64, hexByte, hexLines, printable } from './hex-dump.ts';

describe('hex dump', () => {
  it('has sixteen bytes a line and true offsets', () => {
    const lines = hexLines(
      Uint8Array.from({ length: 20 }, (_, index) => index),
      32,
    );
    expect(lines.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [32, 16],
      [48, 4],
    ]);
  });
  it('reads base64', () => expect([...fromBase64('MIIB')]).toEqual([0x30, 0x82, 0x01]));
  it('prints', () => expect([hexByte(7), printable(65), printable(7)]).toEqual(['07', 'A', '.']));
});
