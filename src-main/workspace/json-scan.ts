/** Where a text stops being JSON. Line and column count from 1. */
export class JsonSyntaxError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, problem: string) {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    super(`${problem} at line ${String(line)}, column ${String(column)}`);
    this.name = 'JsonSyntaxError';
    this.line = line;
    this.column = column;
  }
}

export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly node: JsonNode;
}

/** A value and where it stands in the text, so that an edit can leave every other byte as it was. */
export type JsonNode = { readonly start: number; readonly end: number; readonly value: unknown } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar' }
);

/** Of a string whose text between the quotes is not its value, or that is none. */
const notPlain = /[\\\p{Cc}]/u;
const stringToken = /"(?:[^"\\\n]+|\\.)*"/y;
const scalarToken =
  /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![A-Za-z0-9.+-])/y;
/** No file of an installation is nested deeper; a hostile one must not exhaust the stack. */
const deepest = 100;

/**
 * Parses JSON and remembers the place of each value. Stricter than JSON.parse: a key given twice is an error, because the tools
 * refuse it and a reader cannot know which one was meant.
 * @throws JsonSyntaxError with line and column
 */
export function scanJson(text: string): JsonNode {
  let at = 0;

  const fail = (problem: string, offset = at): JsonSyntaxError => new JsonSyntaxError(text, offset, problem);
  const match = (token: RegExp): string | undefined => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const space = (): void => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      at += 1;
    }
  };
  const string = (): string => {
    const start = at;
    // Nearly every string of a large file; a thousand services are read as fast as they are changed.
    const close = text[at] === '"' ? text.indexOf('"', at + 1) : -1;
    const plain = close < 0 ? '\n' : text.slice(at + 1, close);
    if (!notPlain.test(plain)) {
      at = close + 1;
      return plain;
    }
    const raw = match(stringToken);
    if (raw === undefined) throw fail('expected a string in double quotes');
    try {
      return JSON.parse(raw) as string;
    } catch {
      throw fail('invalid string', start);
    }
  };

  const object = (start: number, depth: number): JsonNode => {
    const members: JsonMember[] = [];
    const plain: Record<string, unknown> = {};
    at += 1;
    space();
    while (text[at] !== '}') {
      if (members.length > 0) {
        if (text[at] !== ',') throw fail('expected "," or "}"');
        at += 1;
        space();
      }
      const keyStart = at;
      const key = string();
      if (Object.hasOwn(plain, key)) throw fail(`key ${JSON.stringify(key)} given twice`, keyStart);
      space();
      if (text[at] !== ':') throw fail('expected ":"');
      at += 1;
      const node = value(depth);
      members.push({ key, keyStart, node });
      // Assigning "__proto__" would not make a member of it.
      if (key === '__proto__')
        Object.defineProperty(plain, key, {
          value: node.value,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      else plain[key] = node.value;
      space();
    }
    at += 1;
    return { kind: 'object', start, end: at, members, value: plain };
  };

  const array = (start: number, depth: number): JsonNode => {
    const items: JsonNode[] = [];
    at += 1;
    space();
    while (text[at] !== ']') {
      if (items.length > 0) {
        if (text[at] !== ',') throw fail('expected "," or "]"');
        at += 1;
      }
      items.push(value(depth));
      space();
    }
    at += 1;
    return { kind: 'array', start, end: at, items, value: items.map((item) => item.value) };
  };

  const value = (depth: number): JsonNode => {
    space();
    const start = at;
    if (depth > deepest) throw fail('nested too deeply');
    if (text[at] === '{') return object(start, depth + 1);
    if (text[at] === '[') return array(start, depth + 1);
    if (text[at] === '"') {
      const plain = string();
      return { kind: 'scalar', start, end: at, value: plain };
    }
    const raw = match(scalarToken);
    if (raw === undefined) throw fail(at >= text.length ? 'unexpected end of the file' : 'expected a value');
    return { kind: 'scalar', start, end: at, value: JSON.parse(raw) as unknown };
  };

  const root = value(0);
  space();
  if (at < text.length) throw fail('unexpected text after the end');
  return root;
}
