import { getDataProductLineage } from '@retort/contracts';
import { mount, type Routes } from '@retort/service-kit';
import type { Lineage } from '../app/lineage.ts';
import type { Versions } from '../app/versions.ts';
import { rootNode } from '../domain/derivations.ts';
import { lineageFrom, productEdges } from '../domain/lineage.ts';
import { productOf } from './products.ts';
import { known } from './versions.ts';

export function lineageRoutes(app: Routes, { lineage, versions }: { lineage: Lineage; versions: Versions }): void {
  mount(app, getDataProductLineage, async ({ params, query: { version, direction, depth }, caller: { tenant } }) => {
    const product = productOf(params.name);
    if (version !== undefined) known(await versions.find({ tenant, product, version }));
    const root = rootNode(product, version);
    const edges = version === undefined ? productEdges : await lineage.around({ tenant, root, depth });
    return lineageFrom({ root, edges, direction, depth });
  });
}
