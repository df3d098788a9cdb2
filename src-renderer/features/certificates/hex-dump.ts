/** One line of a hex dump: 16 bytes, as `00000010  30 82 …  |0...|`. */
export interface HexLine {
  readonly offset: number;
  readonly bytes: readonly number[];
}

const width = 16;

/** The bytes of base64 text. */
export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param from offset of the first byte in the whole */
export function hexLines(bytes: Uint8Array, from: number): readonly HexLine[] {
  return Array.from({ length: Math.ceil(bytes.length / width) }, (_, line) => ({
    offset: from + line * width,
    bytes: [...bytes.subarray(line * width, (line + 1) * width)],
  }));
}

export const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');
export const printable = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
