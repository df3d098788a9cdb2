/** Shortens the middle of an identifier so that head and tail stay comparable. */
export function truncateMiddle(text: string, length: number): string {
  const letters = [...text];
  if (letters.length <= length) return text;
  const kept = Math.max(length - 1, 2);
  const head = Math.ceil(kept / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (kept - head)).join('')}`;
}

/** Hex in groups of four, upper case, as one reads it aloud. */
export const groupHex = (hex: string): string =>
  (hex.replace(/[^0-9a-f]/gi, '').match(/.{1,4}/g) ?? []).join(' ').toUpperCase();

/** A word of a POSIX shell, quoted only when it must be. */
export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** The last parts of a path, by which files in the same directory differ. */
export function pathEnd(path: string, parts = 2): string {
  const names = path.split('/').filter((name) => name !== '');
  return names.length <= parts ? path : `…/${names.slice(-parts).join('/')}`;
}
