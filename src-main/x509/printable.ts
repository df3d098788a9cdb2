/**
 * Control characters, invisible ones, and those that turn the direction of writing: a name that carries them could pass for
 * another one on the screen or in a terminal.
 */
const misleading = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/gu; // prettier-ignore

/** `text` with such characters written as `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(misleading, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}
