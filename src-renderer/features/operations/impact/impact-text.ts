import { pathEnd } from '../../../format/text.ts';
import type { Impact, ImpactNode } from './impact.ts';

export interface ImpactWords {
  /** A verb of an edge. */
  readonly does: (word: string) => string;
  readonly count: (value: number) => string;
  readonly services: (count: number) => string;
  readonly final: string;
}

/** Name of a node, with its number where it stands for several. */
export function nodeName({ label, count }: ImpactNode, words: ImpactWords): string {
  if (label === '*') return words.services(count);
  return count === 1 ? label : `${label} ×${words.count(count)}`;
}

/** The same, short enough for a box: of a path its end. */
export const shortName = (node: ImpactNode, words: ImpactWords): string =>
  nodeName(
    node.kind === 'file' || node.kind === 'openbao' ? { ...node, label: pathEnd(node.label) } : node,
    words,
  );

/** The drawing in words: each step, what it does to what, and who reads that. */
export function impactText({ nodes, edges }: Impact, words: ImpactWords): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const outOf = new Map<string, (typeof edges)[number][]>();
  for (const edge of edges) {
    const known = outOf.get(edge.from);
    if (known === undefined) outOf.set(edge.from, [edge]);
    else known.push(edge);
  }
  const nameOf = (id: string): string => {
    const node = byId.get(id);
    return node === undefined ? id : nodeName(node, words);
  };
  const steps = nodes.filter(({ kind }) => kind === 'step');
  return steps
    .flatMap((step, index) => [
      `${index + 1}. ${step.label}${step.final ? ` (${words.final})` : ''}`,
      ...(outOf.get(step.id) ?? []).map(({ to, does }) => {
        const readers = (outOf.get(to) ?? []).filter((edge) => edge.does === 'reads');
        const who = readers.map((edge) => nameOf(edge.to)).join(', ');
        return `   ${words.does(does)} ${nameOf(to)}${who === '' ? '' : ` → ${who}`}`;
      }),
    ])
    .join('\n');
}
