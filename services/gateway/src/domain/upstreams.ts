/** A provider that the gateway may ask. */
export interface Upstream {
  name: string;
  baseUrl: string;
  apiKey?: string | undefined;
  models: readonly string[];
  weight: number;
  fallback: boolean;
}

/** The upstreams to try for a model, in their order: one drawn by weight, then those that stand by. `draw` is uniform in
 *  [0, 1). */
export function inOrder(upstreams: readonly Upstream[], model: string, draw: number): Upstream[] {
  const able = upstreams.filter(({ models }) => models.some((pattern) => matches(pattern, model)));
  const first = drawn(
    able.filter(({ fallback }) => !fallback),
    draw,
  );
  return [...(first ? [first] : []), ...able.filter(({ fallback }) => fallback)];
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}

function drawn(upstreams: readonly Upstream[], draw: number): Upstream | undefined {
  const total = upstreams.reduce((sum, { weight }) => sum + weight, 0);
  let rest = draw * total;
  return upstreams.find(({ weight }) => (rest -= weight) < 0) ?? upstreams.at(-1);
}
