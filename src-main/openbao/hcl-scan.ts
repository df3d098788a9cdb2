/** One statement at the top of an HCL file: `name = …` or `type "label" { … }`. Offsets of the text; `end` is after it. */
export interface HclStatement {
  readonly name: string;
  readonly labels: readonly string[];
  readonly kind: 'attribute' | 'block';
  readonly start: number;
  readonly end: number;
  /** Between the braces of a block, or behind the equals sign. */
  readonly inner: string;
}

/** Where a comment or a quoted text that begins at `at` ends; undefined: neither begins there. */
function skipped(text: string, at: number): number | undefined {
  const two = text.slice(at, at + 2);
  if (text[at] === '#' || two === '//') {
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  }
  if (two === '/*') {
    const end = text.indexOf('*/', at + 2);
    return end === -1 ? text.length : end + 2;
  }
  if (text[at] !== '"') return undefined;
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** Where the brackets that open at `at` are closed again. */
function closing(text: string, at: number): number {
  let depth = 0;
  for (let index = at; index < text.length; index += 1) {
    const past = skipped(text, index);
    if (past !== undefined) index = past - 1;
    else if ('{['.includes(text[index] ?? '')) depth += 1;
    else if ('}]'.includes(text[index] ?? '') && (depth -= 1) === 0) return index;
  }
  return text.length;
}

/** Behind a value that begins at `at`: a list, or what stands on the line. */
function valueEnd(text: string, at: number): number {
  let index = at;
  while (index < text.length && text[index] !== '\n') {
    const past = skipped(text, index);
    if (past !== undefined && text[index] !== '"') return index;
    if (past !== undefined) index = past;
    else if ('{['.includes(text[index] ?? '')) index = closing(text, index) + 1;
    else index += 1;
  }
  return index;
}

const head = /([A-Za-z_][\w-]*|"[^"]*")((?:\s+"[^"]*")*)\s*([={])/y;

/** The statements of an HCL text (HCL 1, as OpenBao reads it), in order; of a block's inner text its own. */
export function scanHcl(text: string): HclStatement[] {
  const found: HclStatement[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const past = skipped(text, at);
    head.lastIndex = at;
    const match = head.exec(text);
    if (match === null) {
      if (past !== undefined) at = past - 1;
      continue;
    }
    const [whole, name = '', labels = '', sign] = match;
    let open = at + whole.length - 1;
    // `config = { … }` is a block too.
    const assigned = /\s*\{/y;
    assigned.lastIndex = open + 1;
    if (sign === '=' && assigned.test(text)) open = assigned.lastIndex - 1;
    const block = text[open] === '{';
    const end = block ? closing(text, open) + 1 : valueEnd(text, open + 1);
    found.push({
      name: name.replace(/^"|"$/g, ''),
      labels: [...labels.matchAll(/"([^"]*)"/g)].map(([, label]) => label ?? ''),
      kind: block ? 'block' : 'attribute',
      start: at,
      end,
      inner: block ? text.slice(open + 1, end - 1) : text.slice(open + 1, end).trim(),
    });
    at = end - 1;
  }
  return found;
}

/** A quoted value without its quotes; undefined when it is none, or holds an expression. */
export function hclText(value: string | undefined): string | undefined {
  if (value === undefined || !/^".*"$/s.test(value) || value.includes('${')) return undefined;
  try {
    return JSON.parse(value) as string;
  } catch {
    return undefined;
  }
}
