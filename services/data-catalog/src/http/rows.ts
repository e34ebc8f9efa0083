import { lineageQuery, lineageView, productRowsQuery, productRowsView } from '@retort/contracts';
import type { Database } from '@retort/postgres';
import { linkToNext, type Routes, type ServiceClient } from '@retort/service-kit';
import { edgesAround } from '../adapters/lineage.ts';
import { productRows } from '../app/product-rows.ts';
import { lineageFrom, productEdges } from '../domain/lineage.ts';
import { rootNode } from '../domain/derivations.ts';
import { sendLines, wantsLines } from './ndjson.ts';
import { config, productOf, productParameters, serializerCompiler } from './products.ts';

export function rowRoutes(app: Routes, { db, http }: { db: Database; http: ServiceClient }): void {
  const rows = productRows(db, http);

  app.get(
    '/api/v1/data-products/:name/rows',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'Rows of a data product: a page, or with Accept: application/x-ndjson all of them',
        operationId: 'listDataProductRows',
        params: productParameters,
        querystring: productRowsQuery,
        response: { 200: productRowsView },
      },
    },
    async (request, reply) => {
      const { caller, trace, query } = request;
      const asked = { tenant: caller.tenant, trace, product: productOf(request.params.name), query };
      if (wantsLines(request)) return sendLines(reply, await rows.lines(asked));
      const view = await rows.page(asked);
      linkToNext(request, reply, view.next_cursor);
      return view;
    },
  );

  app.get(
    '/api/v1/data-products/:name/lineage',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'What a data product is made of, and what is made of it',
        operationId: 'getDataProductLineage',
        params: productParameters,
        querystring: lineageQuery,
        response: { 200: lineageView },
      },
    },
    async ({ params, query: { version, direction, depth }, caller: { tenant } }) => {
      const root = rootNode(productOf(params.name), version);
      const edges = version === undefined ? productEdges : await edgesAround(db, { tenant, root, depth });
      return lineageFrom({ root, edges, direction, depth });
    },
  );
}
