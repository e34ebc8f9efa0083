import { getDataProductLineage } from '@retort/contracts';
import { mount, type Routes } from '@retort/service-kit';
import type { Lineage } from '../app/lineage.ts';
import { rootNode } from '../domain/derivations.ts';
import { lineageFrom, productEdges } from '../domain/lineage.ts';
import { productOf } from './products.ts';

export function lineageRoutes(app: Routes, lineage: Lineage): void {
  mount(app, getDataProductLineage, async ({ params, query: { version, direction, depth }, caller: { tenant } }) => {
    const root = rootNode(productOf(params.name), version);
    const edges = version === undefined ? productEdges : await lineage.around({ tenant, root, depth });
    return lineageFrom({ root, edges, direction, depth });
  });
}
