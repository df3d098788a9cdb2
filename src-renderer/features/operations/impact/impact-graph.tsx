import '@xyflow/react/dist/base.css';
import { Graph, layout } from '@dagrejs/dagre';
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { memo, useMemo, type ReactNode } from 'react';
import { useT } from '../../../app/i18n.tsx';
import { useWords } from '../../../format/words.ts';
import type { Impact, ImpactNode } from './impact.ts';
import { nodeName, shortName, type ImpactWords } from './impact-text.ts';

interface ImpactGraphProps {
  readonly impact: Impact;
  readonly words: ImpactWords;
}

type Drawn = Node<
  { readonly node: ImpactNode; readonly name: string; readonly short: string; readonly kind: string },
  'impact'
>;

const size = { width: 264, height: 46 } as const;

/** Places from left to right: steps, what they act on, who reads that. */
function laidOut(impact: Impact): ReadonlyMap<string, { readonly x: number; readonly y: number }> {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 76 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of impact.nodes) graph.setNode(id, { ...size });
  for (const { from, to, does } of impact.edges) graph.setEdge(from, to, {}, does);
  const steps = impact.nodes.filter(({ kind }) => kind === 'step');
  // Steps stand in the order in which they run.
  const constraints = steps.slice(1).map(({ id }, index) => ({ left: steps[index]?.id ?? id, right: id }));
  layout(graph, { constraints });
  return new Map(
    impact.nodes.map(({ id }) => {
      const { x = 0, y = 0 } = graph.node(id) as { readonly x?: number; readonly y?: number };
      return [id, { x: x - size.width / 2, y: y - size.height / 2 }];
    }),
  );
}

const ImpactNodeView = memo(function ImpactNodeView({ data }: NodeProps<Drawn>): ReactNode {
  return (
    <div className="bc-impact-node" data-kind={data.node.kind} data-final={data.node.final} title={data.name}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <span className="bc-impact-kind">{data.kind}</span>
      <span className="bc-impact-name">{data.short}</span>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
});

const nodeTypes = { impact: ImpactNodeView };

/** The drawing of what touches what. Tab goes from node to node, each says its name, what acts on it and who reads it. */
export function ImpactGraph({ impact, words }: ImpactGraphProps): ReactNode {
  const t = useT();
  const { number } = useWords();
  const drawn = useMemo(() => {
    const places = laidOut(impact);
    const names = new Map(impact.nodes.map((node) => [node.id, nodeName(node, words)]));
    const nodes = impact.nodes.map((node): Drawn => {
      const name = names.get(node.id) ?? node.label;
      const after = impact.edges.filter(({ from }) => from === node.id).slice(0, 12);
      const follows = after.map(({ to, does }) => `${words.does(does)} ${names.get(to) ?? to}`).join(', ');
      const kind = t(`impact.kind.${node.kind}`);
      const final = node.final ? `, ${words.final}` : '';
      return {
        id: node.id,
        type: 'impact',
        position: places.get(node.id) ?? { x: 0, y: 0 },
        data: {
          node,
          name,
          short: shortName(node, words),
          kind: `${kind}${node.final ? ` · ${words.final}` : ''}`,
        },
        ariaLabel: `${kind}: ${name}${final}${follows === '' ? '' : `. ${follows}`}`,
        ...size,
      };
    });
    const edges = impact.edges.map(({ from, to, does, count }): Edge => ({
      id: `${from}\n${to}\n${does}`,
      source: from,
      target: to,
      focusable: false,
      markerEnd: { type: MarkerType.ArrowClosed },
      ...(does === 'reads'
        ? { className: 'bc-impact-reads' }
        : { label: count === 1 ? words.does(does) : `${words.does(does)} ×${number(count)}` }),
    }));
    return { nodes, edges };
  }, [impact, words, t, number]);
  return (
    <div className="bc-impact-graph" role="region" aria-label={t('impact.graph')}>
      <ReactFlow
        nodes={drawn.nodes}
        edges={drawn.edges}
        nodeTypes={nodeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        fitView
        fitViewOptions={{ padding: 0.04, maxZoom: 1, minZoom: 0.62 }}
        minZoom={0.1}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={{
          'node.a11yDescription.default': t('impact.nodeHint'),
          'node.a11yDescription.keyboardDisabled': t('impact.nodeHint'),
          'controls.ariaLabel': t('impact.controls'),
          'controls.zoomIn.ariaLabel': t('impact.zoomIn'),
          'controls.zoomOut.ariaLabel': t('impact.zoomOut'),
          'controls.fitView.ariaLabel': t('impact.fit'),
        }}
      >
        <Background gap={18} size={1} />
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
    </div>
  );
}
