import { parse } from '@decimalturn/toml-patch';

/** One statement of a TOML document: a table header or a key with its value. Offsets count UTF-16 units. */
export interface TomlStatement {
  readonly kind: 'table' | 'array' | 'pair';
  /** Of a header: the table. Of a pair: the table it stands in and its own dotted key. */
  readonly path: readonly string[];
  readonly start: number;
  /** After the value or the closing bracket; a comment behind it is not part of it. */
  readonly end: number;
}

export interface TomlComment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface TomlScan {
  readonly statements: readonly TomlStatement[];
  /** Every comment, those inside arrays too; `#` inside a string is none. */
  readonly comments: readonly TomlComment[];
}

/** Where the string that starts at `at` ends. */
function skipString(text: string, at: number): number {
  const quote = text.charAt(at);
  const triple = quote.repeat(3);
  if (text.startsWith(triple, at)) {
    let end = at + 3;
    while (end < text.length && !text.startsWith(triple, end))
      end += quote === '"' && text[end] === '\\' ? 2 : 1;
    end += 3;
    // Up to two quotes may stand right before the closing three.
    while (text[end] === quote) end += 1;
    return end;
  }
  let end = at + 1;
  while (end < text.length && text[end] !== quote) end += quote === '"' && text[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** A dotted key that nobody has to quote. */
export const bareKey = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** The parts of a dotted key. One with quotes, escapes or blanks is read by the TOML parser itself. */
function keyPath(raw: string): string[] {
  if (bareKey.test(raw)) return raw.split('.');
  const parts: string[] = [];
  let level: unknown = parse(`${raw} = 0`);
  while (typeof level === 'object' && level !== null) {
    const [entry] = Object.entries(level);
    if (entry === undefined) break;
    parts.push(entry[0]);
    level = entry[1];
  }
  return parts;
}

/**
 * Finds statements and comments in a TOML document. It trusts that the text is valid: parse it first.
 */
export function scanToml(text: string): TomlScan {
  const statements: TomlStatement[] = [];
  const comments: TomlComment[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let table: readonly string[] = [];

  const skipComment = (): void => {
    const found = /[\r\n]/g;
    found.lastIndex = at;
    const end = found.exec(text)?.index ?? text.length;
    comments.push({ start: at, end, text: text.slice(at, end) });
    at = end;
  };
  /** Moves to the first of `stops` outside strings. */
  const skipTo = (stops: string): void => {
    while (at < text.length && !stops.includes(text.charAt(at)))
      at = text[at] === '"' || text[at] === "'" ? skipString(text, at) : at + 1;
  };
  const header = (): void => {
    const start = at;
    const kind = text.startsWith('[[', at) ? 'array' : 'table';
    at += kind === 'array' ? 2 : 1;
    const keyStart = at;
    skipTo(']');
    table = keyPath(text.slice(keyStart, at).trim());
    at += kind === 'array' ? 2 : 1;
    statements.push({ kind, path: table, start, end: at });
  };
  const pair = (): void => {
    const start = at;
    skipTo('=');
    const path = [...table, ...keyPath(text.slice(start, at).trim())];
    at += 1;
    let depth = 0;
    let end = at;
    while (at < text.length) {
      const char = text.charAt(at);
      if (char === '#') {
        if (depth === 0) break;
        skipComment();
        continue;
      }
      if (depth === 0 && (char === '\n' || char === '\r')) break;
      if (char === '[' || char === '{') depth += 1;
      if (char === ']' || char === '}') depth -= 1;
      at = char === '"' || char === "'" ? skipString(text, at) : at + 1;
      if (!' \t\r\n'.includes(char)) end = at;
    }
    statements.push({ kind: 'pair', path, start, end });
  };

  while (at < text.length) {
    const char = text.charAt(at);
    if (' \t\r\n'.includes(char)) at += 1;
    else if (char === '#') skipComment();
    else if (char === '[') header();
    else pair();
  }
  return { statements, comments };
}
