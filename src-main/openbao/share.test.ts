import { expect, test } from 'vitest';
import { parseShare } from './share.ts';

const bytes = Buffer.from(Array.from({ length: 33 }, (_, index) => index * 7));

test('a share is read as it was noted', () => {
  const hex = bytes.toString('hex');
  expect(parseShare(hex.toUpperCase())).toBe(hex);
  expect(parseShare(` ${hex.slice(0, 8)} ${hex.slice(8)}\n`)).toBe(hex);
  expect(parseShare(bytes.toString('base64'))).toBe(hex);
});

test.each(['', 'y', 'correct horse battery staple', 'abcd', 'a'.repeat(67), '00'.repeat(66)])(
  'what is no share is refused: %j',
  (text) => {
    expect(() => parseShare(text)).toThrow('openbao_share_malformed');
  },
);
