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

const space = /[ \t\r\n]*/y;
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
  const string = (): string => {
    const start = at;
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
    const seen = new Set<string>();
    at += 1;
    match(space);
    while (text[at] !== '}') {
      if (members.length > 0) {
        if (text[at] !== ',') throw fail('expected "," or "}"');
        at += 1;
        match(space);
      }
      const keyStart = at;
      const key = string();
      if (seen.has(key)) throw fail(`key ${JSON.stringify(key)} given twice`, keyStart);
      seen.add(key);
      match(space);
      if (text[at] !== ':') throw fail('expected ":"');
      at += 1;
      members.push({ key, keyStart, node: value(depth) });
      match(space);
    }
    at += 1;
    // defineProperty, because assigning "__proto__" would not make a member of it.
    const plain: Record<string, unknown> = {};
    for (const { key, node } of members)
      Object.defineProperty(plain, key, {
        value: node.value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    return { kind: 'object', start, end: at, members, value: plain };
  };

  const array = (start: number, depth: number): JsonNode => {
    const items: JsonNode[] = [];
    at += 1;
    match(space);
    while (text[at] !== ']') {
      if (items.length > 0) {
        if (text[at] !== ',') throw fail('expected "," or "]"');
        at += 1;
      }
      items.push(value(depth));
      match(space);
    }
    at += 1;
    return { kind: 'array', start, end: at, items, value: items.map((item) => item.value) };
  };

  const value = (depth: number): JsonNode => {
    match(space);
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
  match(space);
  if (at < text.length) throw fail('unexpected text after the end');
  return root;
}
