import { maskSecrets } from './masking.ts';

interface Edit {
  readonly kind: ' ' | '-' | '+';
  readonly line: string;
}

/** Lines without their breaks. A missing break at the end of the file is part of the last line, as a note of its own. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (text.endsWith('\n')) lines.pop();
  else lines[lines.length - 1] = `${lines.at(-1) ?? ''}\n\\ No newline at end of file`;
  return lines;
}

/** Cells of the comparison table; beyond it the middle is shown as replaced as a whole. */
const largestTable = 4_000_000;

function middle(a: readonly string[], b: readonly string[]): Edit[] {
  const replaced = [
    ...a.map((line): Edit => ({ kind: '-', line })),
    ...b.map((line): Edit => ({ kind: '+', line })),
  ];
  if (a.length === 0 || b.length === 0 || a.length * b.length > largestTable) return replaced;
  const width = b.length + 1;
  // Length of the longest common subsequence of the rests of both sides.
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      edits.push({ kind: ' ', line: left });
      i += 1;
      j += 1;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ kind: '-', line: left });
      i += 1;
    } else if (right !== undefined) {
      edits.push({ kind: '+', line: right });
      j += 1;
    }
  }
  return edits;
}

function compare(a: readonly string[], b: readonly string[]): Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ kind: ' ', line }));
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail)),
  ];
}

/** Ranges of edits to show: each change with its context, touching ranges joined. */
function hunks(edits: readonly Edit[], context: number): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  edits.forEach(({ kind }, index) => {
    if (kind === ' ') return;
    const start = Math.max(0, index - context);
    const end = Math.min(edits.length, index + context + 1);
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end) last.end = end;
    else ranges.push({ start, end });
  });
  return ranges;
}

const range = (start: number, count: number): string =>
  `${String(count === 0 ? start : start + 1)}${count === 1 ? '' : `,${String(count)}`}`;

export interface DiffOptions {
  /** Shown in the head of the diff. */
  readonly path: string;
  /** Values to mask wherever they stand. */
  readonly secrets?: readonly string[];
  /** Unchanged lines around a change; 3 unless said. */
  readonly context?: number;
}

/**
 * A unified diff between two texts, secrets masked before the comparison: a changed secret shows as two different fingerprints.
 * @param before undefined: the file does not exist yet
 * @param after undefined: the file goes away
 * @returns empty when nothing differs
 */
export function unifiedDiff(
  before: string | undefined,
  after: string | undefined,
  options: DiffOptions,
): string {
  const a = linesOf(maskSecrets(before ?? '', options.secrets));
  const b = linesOf(maskSecrets(after ?? '', options.secrets));
  const edits = compare(a, b);
  const ranges = hunks(edits, options.context ?? 3);
  if (ranges.length === 0 && (before === undefined) === (after === undefined)) return '';
  const lines = [
    `--- ${before === undefined ? '/dev/null' : options.path}`,
    `+++ ${after === undefined ? '/dev/null' : options.path}`,
  ];
  for (const { start, end } of ranges) {
    const lead = edits.slice(0, start);
    const shown = edits.slice(start, end);
    const count = (list: readonly Edit[], without: Edit['kind']): number =>
      list.filter(({ kind }) => kind !== without).length;
    lines.push(
      `@@ -${range(count(lead, '+'), count(shown, '+'))} +${range(count(lead, '-'), count(shown, '-'))} @@`,
      ...shown.map(({ kind, line }) => kind + line),
    );
  }
  return `${lines.join('\n')}\n`;
}
