/** A value as OpenBao's HCL takes it. */
export type HclValue = string | number | boolean | readonly string[];

/** `type "label" { … }`. `config = { … }` is a block with `assigned`. */
export interface HclBlock {
  readonly type: string;
  readonly labels?: readonly string[];
  readonly assigned?: boolean;
  /** Undefined values are left out. */
  readonly attributes?: Readonly<Record<string, HclValue | undefined>>;
  readonly blocks?: readonly HclBlock[];
}

/**
 * A quoted string. `${` opens an expression even inside quotes and HCL 1 knows no escape for it but the code point; `$${`
 * would stay as it stands (tried on OpenBao 2.7).
 */
export function hclString(text: string): string {
  return JSON.stringify(text).replace(/\$\{/g, '\\u0024{');
}

function valueText(value: HclValue): string {
  if (typeof value === 'string') return hclString(value);
  if (typeof value === 'object') return `[${value.map(hclString).join(', ')}]`;
  return String(value);
}

function blockLines(block: HclBlock): string[] {
  const head = [
    block.type,
    ...(block.labels ?? []).map(hclString),
    ...(block.assigned === true ? ['='] : []),
  ];
  const attributes = Object.entries(block.attributes ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${valueText(value)}`],
  );
  const inner = [...attributes, ...(block.blocks ?? []).flatMap(blockLines)];
  return [`${head.join(' ')} {`, ...inner.map((line) => `  ${line}`), '}'];
}

/** A whole file: top-level attributes first, then blocks, an empty line before each. */
export function hclFile(
  attributes: Readonly<Record<string, HclValue | undefined>>,
  blocks: readonly HclBlock[],
): string {
  const top = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${valueText(value)}`],
  );
  const parts = [
    ...(top.length === 0 ? [] : [top.join('\n')]),
    ...blocks.map((block) => blockLines(block).join('\n')),
  ];
  return `${parts.join('\n\n')}\n`;
}
