import { isDeepStrictEqual } from 'node:util';
import { parse, patch } from '@decimalturn/toml-patch';
import { ConsoleError } from '../../shared/errors.ts';
import { bareKey, scanToml, type TomlStatement } from './toml-scan.ts';

export type TomlTable = { [key: string]: unknown };

/** What the console writes into TOML. */
export type TomlValue =
  string | number | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue };

/** One key and what it shall be; null removes it. The path has one part for a key at the top, more for one in a table. */
export interface TomlChange {
  readonly path: readonly [string, ...string[]];
  readonly value: TomlValue | null;
}

const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/**
 * Parses TOML.
 * @param path named in the error
 * @throws `toml_malformed` with line and column, counted from 1
 */
export function parseToml(text: string, path: string): TomlTable {
  try {
    return parse(text) as TomlTable;
  } catch (error) {
    const position = error as { readonly line?: unknown; readonly column?: unknown };
    const line = typeof position.line === 'number' ? position.line : 1;
    const column = typeof position.column === 'number' ? position.column + 1 : 1;
    throw new ConsoleError('toml_malformed', { path, line, column }, { cause: error });
  }
}

/** The line ending that the document uses; LF for one of a single line. */
export const newlineOf = (text: string): string => /\r?\n/.exec(text)?.[0] ?? '\n';

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** After the line break that ends the line of `offset`. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  return found < 0 ? text.length : found + 1;
}

/** JSON's escapes are TOML's, except that DEL must be escaped and a lone surrogate cannot be. */
const renderString = (value: string): string => JSON.stringify(value).replace(/\u007f/g, '\\u007f');

export const renderKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : renderString(key));

/** A value in one line, as TOML. */
export function renderValue(value: TomlValue): string {
  if (typeof value === 'string') return renderString(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((item: TomlValue) => renderValue(item)).join(', ')}]`;
  const members = Object.entries(value as { readonly [key: string]: TomlValue });
  if (members.length === 0) return '{}';
  return `{ ${members.map(([key, member]) => `${renderKey(key)} = ${renderValue(member)}`).join(', ')} }`;
}

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index]);
const startsWith = (path: readonly string[], prefix: readonly string[]): boolean =>
  path.length >= prefix.length && prefix.every((part, index) => part === path[index]);

/** A copy of `root` with one value set or removed. Arrays of tables on the way stand for their only element. */
function withValue(root: TomlTable, path: readonly string[], value: TomlValue | null): TomlTable {
  const [key, ...rest] = path;
  if (key === undefined) return root;
  const copy = { ...root };
  const now = copy[key];
  if (rest.length > 0) {
    const [only] = Array.isArray(now) ? (now as unknown[]) : [now];
    if (value === null && !isTable(only)) return copy;
    // A number where a table should be is the operator's; it is not replaced.
    if (only !== undefined && !isTable(only)) throw new Error(`${key} is not a table`);
    const inner = withValue(only ?? {}, rest, value);
    copy[key] = Array.isArray(now) ? [inner] : inner;
  } else if (value === null) delete copy[key];
  else copy[key] = value;
  return copy;
}

/** The same value with objects of one kind, so that deep equality compares content only. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isTable(value)) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

const sameContent = (a: unknown, b: unknown): boolean => isDeepStrictEqual(plain(a), plain(b));

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((level, key) => {
    const table: unknown = Array.isArray(level) && level.length === 1 ? level[0] : level;
    return isTable(table) && Object.hasOwn(table, key) ? table[key] : undefined;
  }, root);
}

/** Changes the value inside the text of one pair; comments inside a list stay. */
function patchPair(statement: string, wanted: TomlTable): string {
  // A line break at the end is not part of the pair; toml-patch may add one.
  return patch(`${statement}\n`, wanted).replace(/\r?\n$/, '');
}

/** The wanted content of one pair's own little document: its key parts nested. */
const nest = (path: readonly string[], value: unknown): TomlTable =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as TomlTable;

function replace(
  text: string,
  statement: TomlStatement,
  change: TomlChange,
  headers: readonly TomlStatement[],
): string {
  const owner = headers.filter(({ start }) => start < statement.start).at(-1);
  const own = statement.path.slice(owner?.path.length ?? 0);
  const source = text.slice(statement.start, statement.end);
  const before = valueAt(parse(source), own);
  const below = change.path.slice(statement.path.length);
  const wanted =
    below.length === 0 ? change.value : withValue(isTable(before) ? before : {}, below, change.value);
  // Written as the console itself writes it, which is the rule: nothing of the operator's is inside.
  const plainly = below.length === 0 && change.value !== null ? renderValue(change.value) : undefined;
  const held = before === undefined ? undefined : renderValue(before as TomlValue);
  const patched =
    plainly !== undefined && held !== undefined && source.endsWith(` = ${held}`)
      ? source.slice(0, source.length - held.length) + plainly
      : patchPair(source, nest(own, wanted));
  return text.slice(0, statement.start) + patched + text.slice(statement.end);
}

function removeLines(text: string, statement: TomlStatement): string {
  return text.slice(0, lineStart(text, statement.start)) + text.slice(lineEnd(text, statement.end));
}

/** Puts a line after the line of `offset`. */
function insertAfter(text: string, offset: number, line: string): string {
  const newline = newlineOf(text);
  const at = lineEnd(text, offset);
  const open = at === text.length && at > 0 && !text.endsWith('\n');
  // A document without a line break at its end stays without one.
  return open ? `${text}${newline}${line}` : `${text.slice(0, at)}${line}${newline}${text.slice(at)}`;
}

/** Where a first top-level key goes: under a heading comment that a blank line sets apart, else at the very top. */
function topInsertion(text: string): number {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const heading = /^(?:[ \t]*#[^\n]*\n)+[ \t]*\r?\n/.exec(text.slice(start));
  const marker = /^[ \t]*# (?:BEGIN|END) /m;
  return heading === null || marker.test(heading[0]) ? start : start + heading[0].length;
}

function insert(
  text: string,
  change: TomlChange,
  value: TomlValue,
  statements: readonly TomlStatement[],
): string {
  const table = change.path.slice(0, -1);
  const key = change.path.at(-1) ?? '';
  const line = `${renderKey(key)} = ${renderValue(value)}`;
  const newline = newlineOf(text);
  const header = statements.filter(({ kind, path }) => kind !== 'pair' && samePath(path, table)).at(-1);
  if (header !== undefined || table.length === 0) {
    const from = header === undefined ? 0 : statements.indexOf(header) + 1;
    const next = statements.findIndex(({ kind }, index) => index >= from && kind !== 'pair');
    const last = statements.slice(from, next < 0 ? undefined : next).at(-1) ?? header;
    if (last !== undefined) return insertAfter(text, last.end, line);
    const top = topInsertion(text);
    const rest = text.slice(top);
    const gap = rest === '' || /^\s/.test(rest) ? '' : newline;
    return `${text.slice(0, top)}${line}${newline}${gap}${rest}`;
  }
  const dotted = statements.filter(({ kind, path }) => kind === 'pair' && startsWith(path, table)).at(-1);
  const owner =
    dotted && statements.filter(({ kind, start }) => kind !== 'pair' && start < dotted.start).at(-1);
  if (dotted !== undefined && !startsWith(owner?.path ?? [], table)) {
    const own = change.path.slice(owner?.path.length ?? 0);
    return insertAfter(text, dotted.end, `${own.map(renderKey).join('.')} = ${renderValue(value)}`);
  }
  const lead = text === '' || text === '\uFEFF' ? '' : text.endsWith('\n') ? newline : `${newline}${newline}`;
  return `${text}${lead}[${table.map(renderKey).join('.')}]${newline}${line}${text.endsWith('\n') || text === '' ? newline : ''}`;
}

function apply(text: string, change: TomlChange): string {
  const { statements } = scanToml(text);
  const headers = statements.filter(({ kind }) => kind !== 'pair');
  const exact = statements.find(({ kind, path }) => kind === 'pair' && samePath(path, change.path));
  const inline = statements.find(
    ({ kind, path }) => kind === 'pair' && path.length < change.path.length && startsWith(change.path, path),
  );
  if (exact !== undefined)
    return change.value === null ? removeLines(text, exact) : replace(text, exact, change, headers);
  if (inline !== undefined) return replace(text, inline, change, headers);
  if (headers.some(({ kind, path }) => kind === 'array' && samePath(path, change.path))) {
    // A list written as [[tables]] becomes a list in one line; comments between its tables stay where they are.
    const own = statements.filter(({ path }) => startsWith(path, change.path));
    return apply(
      own.reduceRight((rest, statement) => removeLines(rest, statement), text),
      change,
    );
  }
  return change.value === null ? text : insert(text, change, change.value, statements);
}

/** Comments that an edit may take with it: behind a removed key, and inside its value. */
function removableComments(text: string, changes: readonly TomlChange[]): number {
  const { statements, comments } = scanToml(text);
  const removed = statements.filter(
    ({ kind, path }) =>
      kind === 'pair' && changes.some((change) => change.value === null && samePath(change.path, path)),
  );
  return comments.filter(({ start }) =>
    removed.some((statement) => start >= statement.start && start < lineEnd(text, statement.end)),
  ).length;
}

/**
 * The same document with one value in place of another, where both are written as the console writes them and the key stands there
 * once: then nothing of the operator's is inside and nothing around it moves, so only the new value is read again and not the whole
 * document, which is most of the work where a rotation edits a file for every service. Undefined: it takes the longer way.
 */
function replacePlain(text: string, before: TomlTable, { path, value }: TomlChange): string | undefined {
  const held = valueAt(before, path);
  if (held === undefined || value === null) return undefined;
  const found = scanToml(text).statements.filter((one) => one.kind === 'pair' && samePath(one.path, path));
  const [pair] = found;
  if (pair === undefined || found.length > 1) return undefined;
  const written = ` = ${renderValue(held as TomlValue)}`;
  const source = text.slice(pair.start, pair.end);
  if (!source.endsWith(written) || !bareKey.test(source.slice(0, -written.length))) return undefined;
  const wanted = `value = ${renderValue(value)}`;
  if (!sameContent(parse(wanted), { value })) return undefined;
  return `${text.slice(0, pair.end - written.length)}${wanted.slice('value'.length)}${text.slice(pair.end)}`;
}

/**
 * Changes keys of a TOML document and nothing else in it. The text around the touched keys is carried over byte for byte; the result
 * is parsed again and compared with what was wanted.
 * @param path named in errors
 * @throws `toml_malformed`; `toml_edit_refused` when the result would not read as wanted or a comment would be lost
 */
export function editToml(text: string, changes: readonly TomlChange[], path: string): string {
  const before = parseToml(text, path);
  let wanted = before;
  let edited = text;
  const effective = changes.filter(({ path: key, value }) => {
    const now = valueAt(before, key);
    return value === null ? now !== undefined : !sameContent(now, value);
  });
  const [only] = effective;
  if (only === undefined) return text;
  try {
    const plainly = effective.length === 1 ? replacePlain(text, before, only) : undefined;
    if (plainly !== undefined) return plainly;
    for (const change of effective) {
      wanted = withValue(wanted, change.path, change.value);
      edited = apply(edited, change);
    }
    const kept = scanToml(text).comments.length - removableComments(text, effective);
    if (sameContent(parse(edited), wanted) && scanToml(edited).comments.length >= kept) return edited;
  } catch (error) {
    throw refused(path, effective, error);
  }
  throw refused(path, effective);
}

function refused(path: string, changes: readonly TomlChange[], cause?: unknown): ConsoleError {
  const keys = changes.map((change) => change.path.join('.')).join(', ');
  return new ConsoleError('toml_edit_refused', { path, keys }, { cause });
}
