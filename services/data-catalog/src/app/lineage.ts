import type { Edge } from '../domain/lineage.ts';

/** What was made of what, as events said it. */
export interface Lineage {
  /** Every edge within `depth` steps of a node, in either direction. */
  around(node: { tenant: string; root: string; depth: number }): Promise<Edge[]>;
}
