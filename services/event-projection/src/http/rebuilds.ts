import { page, projectionRebuild, type ProjectionRebuild } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import { decodeCursor, encodeCursor, linkToNext, type Routes, type Run, type RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import { rebuildInProgress, type RebuildResult } from '../app/rebuild.ts';

/** The tables hold every tenant's rows: whoever may rebuild them sees all rebuilds. */
const tenant = '*';
const config = { scope: 'admin' } as const;
const path = '/api/v1/projections/decisions/rebuilds';
const runParameters = z.object({ run_id: z.string() });
const place = z.object({ createdAt: z.string(), runId: z.string() });

export type RebuildQueue = RunQueue<object, RebuildResult>;

export function rebuildRoutes(app: Routes, { runs, newId }: { runs: RebuildQueue; newId: NewId }): void {
  app.post(
    '/api/v1/projections/decisions::rebuild',
    {
      config,
      schema: {
        summary: 'Rebuild the projection from the log beside the one that is read, compare both, and swap them',
        operationId: 'startProjectionRebuild',
        response: { 202: projectionRebuild },
      },
    },
    async ({ trace }, reply) => {
      const [last] = await runs.list({ tenant, limit: 1 });
      if (last && last.finishedAt === null) throw rebuildInProgress();
      const run = await runs.enqueue({ tenant, runId: newId(), input: {}, trace });
      reply.status(202).header('location', `${path}/${run.runId}`);
      return viewOf(run);
    },
  );

  app.get(
    path,
    {
      config,
      schema: {
        summary: 'Rebuilds of the projection, the newest first',
        operationId: 'listProjectionRebuilds',
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          cursor: z.string().max(4096).optional(),
        }),
        response: { 200: page(projectionRebuild) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const query = 'rebuilds';
      const after =
        cursor === undefined ? undefined : decodeCursor({ cursor, query, after: place, room: 'projections' });
      const rows = await runs.list({ tenant, limit: limit + 1, after });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const next_cursor = last
        ? encodeCursor({ query, after: { createdAt: last.createdAt, runId: last.runId } })
        : null;
      linkToNext(request, reply, next_cursor);
      return { data: data.map(viewOf), next_cursor, has_more: next_cursor !== null };
    },
  );

  app.get(
    `${path}/:run_id`,
    {
      config,
      schema: {
        summary: 'One rebuild: how far it has come, and how the tables compared',
        operationId: 'getProjectionRebuild',
        params: runParameters,
        response: { 200: projectionRebuild },
      },
    },
    async ({ params }) => viewOf(await runs.get(tenant, params.run_id)),
  );

  app.post(
    `${path}/:run_id([^:/]+)::cancel`,
    {
      config,
      schema: {
        summary: 'Cancel a rebuild; what is read stays as it is',
        operationId: 'cancelProjectionRebuild',
        params: runParameters,
        response: { 200: projectionRebuild },
      },
    },
    async ({ params }) => viewOf(await runs.cancel(tenant, params.run_id)),
  );
}

function viewOf(run: Run<object, RebuildResult>): ProjectionRebuild {
  const { runId, state, createdAt, finishedAt, progress, error, result } = run;
  const checksums = result.checksums?.map(({ differingRows, ...rest }) => ({ ...rest, differing_rows: differingRows }));
  return {
    ...{ run_id: runId, state, created_at: createdAt, finished_at: finishedAt, progress, error },
    position: result.position ?? null,
    checksums: checksums ?? null,
    healed: state === 'succeeded' && checksums ? checksums.some(({ equal }) => !equal) : null,
  };
}
