import { isDeepStrictEqual } from 'node:util';
import { scanJson, type JsonMember, type JsonNode } from './json-scan.ts';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Layout taken from the document: one level of indentation, or none when everything stands on one line. */
interface Layout {
  readonly unit: string | undefined;
  readonly newline: string;
}

function layoutOf(text: string): Layout {
  const found = /[{[](\r?\n)([ \t]+)\S/.exec(text);
  return found === null ? { unit: undefined, newline: '\n' } : { unit: found[2], newline: found[1] ?? '\n' };
}

/** The white space that a line holding `offset` starts with. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

const render = (value: unknown, layout: Layout, indent: string): string =>
  layout.unit === undefined
    ? JSON.stringify(value)
    : JSON.stringify(value, null, layout.unit).replace(/\n/g, `${layout.newline}${indent}`);

/** Members of JSON: what JSON.stringify would leave out is not there. */
const entriesOf = (value: Record<string, unknown>): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined);

function removals(members: readonly JsonMember[], kept: readonly JsonMember[]): Splice[] {
  const first = kept[0];
  const splices: Splice[] = [];
  members.forEach((member, index) => {
    if (kept.includes(member)) return;
    const next = members[index + 1];
    const previous = members[index - 1];
    if (first !== undefined && member.keyStart < first.keyStart && next !== undefined)
      splices.push({ start: member.keyStart, end: next.keyStart, text: '' });
    else if (previous !== undefined)
      splices.push({ start: previous.node.end, end: member.node.end, text: '' });
  });
  return splices;
}

function editObject(
  text: string,
  node: Extract<JsonNode, { kind: 'object' }>,
  wanted: Record<string, unknown>,
  layout: Layout,
): Splice[] {
  const entries = entriesOf(wanted);
  const names = new Map(entries);
  const kept = node.members.filter(({ key }) => names.has(key));
  const known = new Set(kept.map(({ key }) => key));
  const added = entries.filter(([key]) => !known.has(key));
  if (kept.length === 0)
    return [{ start: node.start, end: node.end, text: renderAt(text, node, wanted, layout) }];

  const splices = kept.flatMap(({ key, node: member }) => edit(text, member, names.get(key), layout));
  splices.push(...removals(node.members, kept));
  const last = kept.at(-1);
  if (added.length > 0 && last !== undefined) {
    const onOwnLine = text.slice(node.start, last.keyStart).includes('\n');
    const indent = indentAt(text, last.keyStart);
    const separator = onOwnLine ? `,${layout.newline}${indent}` : layout.unit === undefined ? ',' : ', ';
    const colon = /:[ \t]*/.exec(
      text.slice(last.keyStart + JSON.stringify(last.key).length, last.node.start),
    );
    const additions = added.map(
      ([key, value]) =>
        separator +
        JSON.stringify(key) +
        (colon?.[0] ?? ': ') +
        render(value, layout, onOwnLine ? indent : ''),
    );
    splices.push({ start: last.node.end, end: last.node.end, text: additions.join('') });
  }
  return splices;
}

const renderAt = (text: string, node: JsonNode, wanted: unknown, layout: Layout): string =>
  render(wanted, layout, indentAt(text, node.start));

function edit(text: string, node: JsonNode, wanted: unknown, layout: Layout): Splice[] {
  if (isDeepStrictEqual(node.value, wanted)) return [];
  if (node.kind === 'object' && isPlainObject(wanted)) return editObject(text, node, wanted, layout);
  if (node.kind === 'array' && Array.isArray(wanted) && node.items.length === wanted.length)
    return node.items.flatMap((item, index) => edit(text, item, wanted[index], layout));
  return [{ start: node.start, end: node.end, text: renderAt(text, node, wanted, layout) }];
}

/**
 * Changes a JSON text so that it parses to `wanted`, and nothing else in it: order of keys, unknown keys, the way numbers are
 * written, indentation and line endings of what did not change stay byte for byte.
 * @param text JSON
 * @param wanted what JSON.parse of the result shall answer; members that are undefined are left out
 * @throws JsonSyntaxError when `text` is not JSON; Error when the result would not read as `wanted` (a fault of this code)
 */
export function editJson(text: string, wanted: unknown): string {
  const splices = edit(text, scanJson(text), wanted, layoutOf(text));
  let result = '';
  let at = 0;
  for (const splice of [...splices].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  result += text.slice(at);
  const expected: unknown = JSON.parse(JSON.stringify(wanted));
  // Every file that is edited is read strictly again by its own reader, which takes its time.
  if (!isDeepStrictEqual(JSON.parse(result), expected)) throw new Error('JSON edit went wrong');
  return result;
}
