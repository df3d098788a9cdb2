import { describe, expect, it } from 'vitest';
import { toBase64 } from './read-file.ts';

describe('bytes for the wire', () => {
  it('are the same bytes', () => {
    const bytes = Uint8Array.from({ length: 100_003 }, (_, index) => (index * 7) % 256);
    const back = Uint8Array.from(atob(toBase64(bytes)), (letter) => letter.charCodeAt(0));
    expect(back).toEqual(bytes);
  });
});
