import { curationRejection, curationRun, curationRunInput, page } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { decodeCursor, encodeCursor, linkToNext, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { listRejections } from '../adapters/datasets.ts';
import { cancelRun, enqueueRun, findRun, listRuns } from '../adapters/runs.ts';
import { knowTenant } from '../adapters/tenants.ts';
import type { CurationContext } from '../app/execute-run.ts';
import type { RunQueue } from '../app/run-queue.ts';
import { recipeOf } from '../domain/recipe.ts';
import { paging } from './paging.ts';

const runParameters = z.object({ run_id: z.string() });
const mayRun = { scope: 'curation:run' } as const;

export function curationRunRoutes(app: Routes, context: CurationContext, queue: RunQueue): void {
  const { db, clock, newId } = context;

  app.post(
    '/api/v1/curation-runs',
    {
      config: mayRun,
      schema: {
        summary: 'Curate the decision history into a version of distillation_training_data',
        operationId: 'startCurationRun',
        body: curationRunInput,
        response: { 202: curationRun },
      },
    },
    async ({ body, caller, trace }, reply) => {
      recipeOf(body);
      const run = { tenant: caller.tenant, runId: newId(), parameters: body, trace, createdAt: clock() };
      await enqueueRun(db, run);
      await knowTenant(db, caller.tenant);
      queue.wake();
      reply.status(202).header('location', `/api/v1/curation-runs/${run.runId}`);
      return known(await findRun(db, run));
    },
  );

  app.get(
    '/api/v1/curation-runs',
    {
      config: mayRun,
      schema: {
        summary: 'Curation runs, the newest first',
        operationId: 'listCurationRuns',
        querystring: z.strictObject(paging),
        response: { 200: page(curationRun) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const { tenant } = request.caller;
      const after = cursor === undefined ? null : decodeCursor({ cursor, query: 'runs', after: runPlace, room });
      const rows = await listRuns(db, { tenant, after, limit: limit + 1 });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const next_cursor = last
        ? encodeCursor({ query: 'runs', after: { createdAt: last.created_at, runId: last.run_id } })
        : null;
      linkToNext(request, reply, next_cursor);
      return { data, next_cursor, has_more: next_cursor !== null };
    },
  );

  app.get(
    '/api/v1/curation-runs/:run_id',
    {
      config: mayRun,
      schema: {
        summary: 'One curation run and how far it has come',
        operationId: 'getCurationRun',
        params: runParameters,
        response: { 200: curationRun },
      },
    },
    async ({ params, caller: { tenant } }) => known(await findRun(db, { tenant, runId: params.run_id })),
  );

  app.post(
    '/api/v1/curation-runs/:run_id([^:/]+)::cancel',
    {
      config: mayRun,
      schema: {
        summary: 'Cancel a curation run; one that has ended stays as it is',
        operationId: 'cancelCurationRun',
        params: runParameters,
        response: { 200: curationRun },
      },
    },
    async ({ params, caller: { tenant } }) => {
      const run = known(await cancelRun(db, { tenant, runId: params.run_id }, clock()));
      if (run.state === 'cancelled') queue.cancelled(run.run_id);
      return run;
    },
  );

  app.get(
    '/api/v1/curation-runs/:run_id/rejections',
    {
      config: mayRun,
      schema: {
        summary: 'Why decisions are not in the data set of a run',
        operationId: 'listCurationRejections',
        params: runParameters,
        querystring: z.strictObject({
          ...paging,
          reason: curationRejection.shape.reason.optional(),
          decision_id: z.string().max(256).optional(),
        }),
        response: { 200: page(curationRejection) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, reason = null, decision_id = null } = request.query;
      const { tenant } = request.caller;
      const { run_id } = known(await findRun(db, { tenant, runId: request.params.run_id }));
      const query = { run_id, reason, decision_id };
      const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: z.string(), room });
      const rows = await listRejections(db, {
        ...{ tenant, runId: run_id, reason, decisionId: decision_id, after, limit: limit + 1 },
      });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const next_cursor = last ? encodeCursor({ query, after: last.decision_id }) : null;
      linkToNext(request, reply, next_cursor);
      return { data, next_cursor, has_more: next_cursor !== null };
    },
  );
}

const room = 'curation';
const runPlace = z.object({ createdAt: z.string(), runId: z.string() });

function known<Run>(run: Run | null): Run {
  if (run !== null) return run;
  throw fault('curation.run-unknown', {
    status: 404,
    retriable: false,
    public: 'There is no curation run of this id.',
  });
}
