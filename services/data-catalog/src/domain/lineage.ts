import type { LineageView } from '@retort/contracts';
import { products } from './products.ts';

export type Edge = LineageView['edges'][number];
export type Direction = 'upstream' | 'downstream' | 'both';

/** Edges between the products as such, from what each says of itself. */
export const productEdges: readonly Edge[] = uniqueEdges(
  Object.entries(products).flatMap(
    ([
      name,
      {
        about: { upstream, downstream },
      },
    ]) => [...upstream.map((from) => ({ from, to: name })), ...downstream.map((to) => ({ from: name, to }))],
  ),
);

/** What leads to `root` and what follows from it, at most `depth` steps away. Upstream and downstream are walked apart:
 *  the siblings of a neighbour are no relatives. */
export function lineageFrom(request: {
  root: string;
  edges: readonly Edge[];
  direction: Direction;
  depth: number;
}): LineageView {
  const { root, edges, direction, depth } = request;
  const found = new Set<Edge>();
  const ways = direction === 'both' ? (['upstream', 'downstream'] as const) : [direction];
  for (const way of ways) {
    const [near, far] = way === 'upstream' ? (['to', 'from'] as const) : (['from', 'to'] as const);
    const seen = new Set([root]);
    let frontier = [root];
    for (let step = 0; step < depth && frontier.length > 0; step++) {
      const reached = new Set<string>();
      for (const edge of edges)
        if (frontier.includes(edge[near])) {
          found.add(edge);
          if (!seen.has(edge[far])) reached.add(edge[far]);
        }
      reached.forEach((node) => seen.add(node));
      frontier = [...reached];
    }
  }
  const nodes = new Set([root, ...[...found].flatMap(({ from, to }) => [from, to])]);
  return { root, nodes: [...nodes].map((id) => ({ id, kind: kindOf(id) })), edges: [...found] };
}

function kindOf(node: string): LineageView['nodes'][number]['kind'] {
  if (node.startsWith('model:')) return 'model';
  if (node.startsWith('evaluation:')) return 'evaluation';
  if (node.startsWith('prompt:')) return 'prompt';
  if (node.startsWith('agent_decision_history@')) return 'history';
  return node.includes('@') ? 'dataset' : 'product';
}

function uniqueEdges(pairs: readonly { from: string; to: string }[]): Edge[] {
  const unique = new Map(pairs.map(({ from, to }) => [`${from}→${to}`, { from, to }]));
  return [...unique.values()].map((pair) => ({
    ...pair,
    event_id: null,
    event_type: null,
    causation_id: null,
    correlation_id: null,
  }));
}
