import { page, productQuality, productVersion } from '@retort/contracts';
import { digestOfJson, fault } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { decodeCursor, encodeCursor, linkToNext, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { findVersion, latestVersion, listVersions } from '../adapters/versions.ts';
import { paging } from './paging.ts';
import { config, productOf, productParameters, serializerCompiler } from './products.ts';
import { answerTagged } from './tagged.ts';

export function versionRoutes(app: Routes, db: Database): void {
  app.get(
    '/api/v1/data-products/:name/versions',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'Versions of a data product, the newest first',
        operationId: 'listDataProductVersions',
        params: productParameters,
        querystring: z.strictObject(paging),
        response: { 200: page(productVersion) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const product = productOf(request.params.name);
      const query = { product };
      const before = cursor === undefined ? null : decodeCursor({ cursor, query, after: position, room: 'catalog' });
      const found = await listVersions(db, { tenant: request.caller.tenant, product, before, limit: limit + 1 });
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      const next_cursor = last ? encodeCursor({ query, after: last.position }) : null;
      linkToNext(request, reply, next_cursor);
      return { data: shown.map(({ view }) => view), next_cursor, has_more: next_cursor !== null };
    },
  );

  app.get(
    '/api/v1/data-products/:name/versions/:version',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'One version of a data product',
        operationId: 'getDataProductVersion',
        params: productParameters.extend({ version: z.string() }),
        response: { 200: productVersion, 304: z.null() },
      },
    },
    async (request, reply) => {
      const { name, version } = request.params;
      const key = { tenant: request.caller.tenant, product: productOf(name), version };
      const { metrics: _, ...view } = known(await findVersion(db, key));
      return answerTagged(request, reply, { tag: view.digest ?? digestOfJson(view), view });
    },
  );

  app.get(
    '/api/v1/data-products/:name/quality',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'How good a version of a data product is, the newest when none is named',
        operationId: 'getDataProductQuality',
        params: productParameters,
        querystring: z.strictObject({ version: z.string().max(256).optional() }),
        response: { 200: productQuality },
      },
    },
    async ({ params, query, caller: { tenant } }) => {
      const product = productOf(params.name);
      const version = query.version ?? (await latestVersion(db, { tenant, product }));
      const found = known(version === null ? null : await findVersion(db, { tenant, product, version }));
      return { product, version: found.version, measured_at: found.created_at, metrics: found.metrics };
    },
  );
}

const position = z.string().regex(/^\d{1,20}\/\d{1,20}$/);

function known<Version>(version: Version | null): Version {
  if (version !== null) return version;
  throw fault('catalog.no-such-version', {
    public: 'There is no such version of this data product.',
  });
}
