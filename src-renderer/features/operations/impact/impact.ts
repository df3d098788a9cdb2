import type { Effect, Plan } from '../../../../shared/contract/operations.ts';
import { anyPatternOf, isServer, ownerOf, patternOf } from './owner.ts';

export type ImpactKind =
  'step' | 'file' | 'openbao' | 'database' | 'certificate' | 'download' | 'process' | 'who';

/** Something that a plan does, touches, or that must follow. */
export interface ImpactNode {
  readonly id: string;
  readonly kind: ImpactKind;
  readonly label: string;
  /** Of how many this one stands; 1 unless grouped. */
  readonly count: number;
  /** What a step does cannot be undone. */
  readonly final: boolean;
}

export interface ImpactEdge {
  readonly from: string;
  readonly to: string;
  /** A word of {@link Effect}: create, change, remove, start, stop, restart, reload; `reads` for who follows. */
  readonly does: string;
  readonly count: number;
}

export interface Impact {
  readonly nodes: readonly ImpactNode[];
  readonly edges: readonly ImpactEdge[];
}

/** More nodes than that are drawn by group. */
export const readable = 60;
/** More nodes than that, groups or not, are said in words only. */
export const drawable = 200;

interface Thing {
  readonly kind: ImpactKind;
  readonly label: string;
  readonly does: string;
}

function thingOf(effect: Effect): Thing {
  switch (effect.kind) {
    case 'file':
    case 'openbao':
      return { kind: effect.kind, label: effect.path, does: effect.action };
    case 'database':
      return { kind: 'database', label: effect.name, does: effect.action };
    case 'process':
      return { kind: 'process', label: effect.name, does: effect.action };
    case 'download':
      return { kind: 'download', label: `${effect.name} ${effect.version}`, does: 'create' };
    case 'certificate':
      return { kind: 'certificate', label: effect.subject, does: 'create' };
    case 'touches':
      return { kind: 'who', label: effect.who, does: 'touches' };
  }
}

/** A program and whoever is touched by that name are one and the same. */
const idOf = ({ kind, label }: Pick<Thing, 'kind' | 'label'>): string =>
  kind === 'process' || kind === 'who' ? `who:${label}` : `${kind}:${label}`;

class Collector {
  readonly nodes = new Map<string, ImpactNode>();
  readonly edges = new Map<string, ImpactEdge>();

  node(node: ImpactNode): void {
    const known = this.nodes.get(node.id);
    // Who is only named by one effect and started anew by another is a program.
    if (known === undefined || (known.kind === 'who' && node.kind === 'process'))
      this.nodes.set(node.id, node);
  }

  edge(from: string, to: string, does: string, count = 1): void {
    const key = `${from}\n${to}\n${does}`;
    const known = this.edges.get(key);
    this.edges.set(key, { from, to, does, count: (known?.count ?? 0) + count });
  }

  get impact(): Impact {
    return { nodes: [...this.nodes.values()], edges: [...this.edges.values()] };
  }
}

/**
 * What touches what: each step with the things it acts on, and each thing with the service or server that reads it.
 * @param titleOf the title of a step in the operator's language
 */
export function impactOf(plan: Plan, titleOf: (step: Plan['steps'][number]) => string): Impact {
  const collector = new Collector();
  for (const step of plan.steps) {
    const from = `step:${step.id}`;
    collector.node({ id: from, kind: 'step', label: titleOf(step), count: 1, final: !step.undoable });
    for (const effect of step.effects) {
      const thing = thingOf(effect);
      const id = idOf(thing);
      collector.node({ id, kind: thing.kind, label: thing.label, count: 1, final: false });
      collector.edge(from, id, thing.does);
      const owner = ownerOf(effect);
      if (owner === undefined || `who:${owner}` === id) continue;
      collector.node({ id: `who:${owner}`, kind: 'who', label: owner, count: 1, final: false });
      collector.edge(id, `who:${owner}`, 'reads');
    }
  }
  return collector.impact;
}

/** The same with everything that differs by its service only drawn as one: a thousand services become one node. */
export function groupedImpact(impact: Impact): Impact {
  const serviceOf = (id: string): string => id.slice('who:'.length);
  const readerOf = new Map<string, string>();
  for (const { from, to, does } of impact.edges)
    if (does === 'reads' && !isServer(serviceOf(to))) readerOf.set(from, serviceOf(to));
  const services = new Set(readerOf.values());
  const placeOf = ({ id, kind, label }: ImpactNode): { readonly id: string; readonly label: string } => {
    if (kind === 'step' || (kind === 'process' && isServer(label))) return { id, label };
    if (services.has(label)) return { id: 'who:*', label: '*' };
    const reader = readerOf.get(id);
    const pattern = reader === undefined ? anyPatternOf(label, services) : patternOf(label, reader);
    return { id: idOf({ kind, label: pattern }), label: pattern };
  };
  const places = new Map(impact.nodes.map((node) => [node.id, placeOf(node)]));
  const counts = new Map<string, number>();
  for (const { id } of places.values()) counts.set(id, (counts.get(id) ?? 0) + 1);
  const collector = new Collector();
  for (const node of impact.nodes) {
    const place = places.get(node.id) ?? node;
    collector.node({ ...node, id: place.id, label: place.label, count: counts.get(place.id) ?? 1 });
  }
  for (const { from, to, does, count } of impact.edges)
    collector.edge(places.get(from)?.id ?? from, places.get(to)?.id ?? to, does, count);
  return collector.impact;
}
