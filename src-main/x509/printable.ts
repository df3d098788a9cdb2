/**
 * Control characters, invisible ones, and those that turn the direction of writing: a name that carries them could pass for
 * another one on the screen or in a terminal.
 */
const misleading = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;
const plain = /^[ -~]*$/;

/** `text` with such characters written as `\u{202e}`. */
export function printable(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(misleading, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}
