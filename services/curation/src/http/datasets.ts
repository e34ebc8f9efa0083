import { datasetPurpose, datasetView, page, timestamp, toolsetForm, trainingRow } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { decodeCursor, encodeCursor, linkToNext, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { findDataset, listDatasets } from '../adapters/datasets.ts';
import { projectedHistory } from '../adapters/decision-history.ts';
import type { CurationContext } from '../app/curate-history.ts';
import { datasetRows, type ManifestReader } from '../app/dataset-rows.ts';
import { sendLines, wantsLines } from './ndjson.ts';
import { paging } from './paging.ts';

const config = { scope: 'products:read' } as const;
const versionParameters = z.object({ version: z.string() });
const room = 'curation';

export function datasetRoutes(app: Routes, context: CurationContext, manifests: ManifestReader): void {
  const { db } = context;

  app.get(
    '/api/v1/datasets',
    {
      config,
      schema: {
        summary: 'Versions of distillation_training_data, the newest first',
        operationId: 'listDatasets',
        querystring: z.strictObject({ ...paging, purpose: datasetPurpose.optional() }),
        response: { 200: page(datasetView) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, purpose } = request.query;
      const { tenant } = request.caller;
      const query = { of: 'datasets', purpose: purpose ?? null };
      const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: place, room });
      const rows = await listDatasets(db, { tenant, purpose, after, limit: limit + 1 });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const next_cursor = last
        ? encodeCursor({ query, after: { createdAt: last.created_at, version: last.dataset_version } })
        : null;
      linkToNext(request, reply, next_cursor);
      return { data, next_cursor, has_more: next_cursor !== null };
    },
  );

  app.get(
    '/api/v1/datasets/:version',
    {
      config,
      schema: {
        summary: 'One version of distillation_training_data',
        operationId: 'getDataset',
        params: versionParameters,
        response: { 200: datasetView, 304: z.null() },
      },
    },
    async (request, reply) => {
      const dataset = known(await findDataset(db, request.caller.tenant, request.params.version));
      const tag = `"${dataset.digest}"`;
      reply.header('etag', tag);
      if (request.headers['if-none-match'] === tag) return reply.status(304).send(null);
      return dataset;
    },
  );

  app.get(
    '/api/v1/datasets/:version/rows',
    {
      config,
      // Rows were checked where they came from; walking each a second time would cost more than reading it.
      serializerCompiler: () => (value: unknown) => JSON.stringify(value),
      schema: {
        summary: 'Rows in the order of the log: a page, or with Accept: application/x-ndjson all of them',
        operationId: 'listDatasetRows',
        params: versionParameters,
        querystring: z.strictObject({
          ...paging,
          toolsets: toolsetForm.default('expand'),
          /** Outcomes as they were known then. */
          recorded_as_of: timestamp.optional(),
        }),
        response: { 200: page(trainingRow) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, toolsets, recorded_as_of } = request.query;
      const { tenant } = request.caller;
      const dataset = known(await findDataset(db, tenant, request.params.version));
      const rows = datasetRows({
        history: projectedHistory(context.http, tenant, request.trace),
        manifest: await manifests.read(dataset.manifest),
        toolsets,
        recordedAsOf: recorded_as_of,
      });
      if (wantsLines(request)) return sendLines(reply, rows.lines());
      const query = { version: dataset.dataset_version, toolsets, recorded_as_of: recorded_as_of ?? null };
      const start = cursor === undefined ? 0 : decodeCursor({ cursor, query, after: z.int().min(0), room });
      const data = await rows.slice(start, start + limit);
      const end = start + limit;
      const next_cursor = end < dataset.rows ? encodeCursor({ query, after: end }) : null;
      linkToNext(request, reply, next_cursor);
      return { data, next_cursor, has_more: next_cursor !== null };
    },
  );
}

const place = z.object({ createdAt: z.string(), version: z.string() });

function known<Dataset>(dataset: Dataset | null): Dataset {
  if (dataset !== null) return dataset;
  throw fault('curation.dataset-unknown', {
    public: 'There is no such version of distillation_training_data.',
  });
}
