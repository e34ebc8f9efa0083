import {
  curationRejection,
  curationRun,
  curationRunInput,
  page,
  trainingDataCurated,
  type CurationRun,
  type CurationRunInput,
  type TrainingDataCurated,
} from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { decodeCursor, encodeCursor, linkToNext, type Routes, type RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import { listRejections } from '../adapters/datasets.ts';
import { knowTenant } from '../adapters/tenants.ts';
import type { CurationRunRecord } from '../app/execute-run.ts';
import { recipeOf } from '../domain/recipe.ts';
import { paging } from './paging.ts';

const runParameters = z.object({ run_id: z.string() });
const mayRun = { scope: 'curation:run' } as const;

export interface CurationRunParts {
  db: Database;
  newId: NewId;
  runs: RunQueue<CurationRunInput, TrainingDataCurated>;
}

export function curationRunRoutes(app: Routes, { db, newId, runs }: CurationRunParts): void {
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
      const { tenant } = caller;
      await knowTenant(db, tenant);
      const run = await runs.enqueue({ tenant, runId: newId(), input: body, trace });
      reply.status(202).header('location', `/api/v1/curation-runs/${run.runId}`);
      return viewOf(run);
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
      const after = cursor === undefined ? undefined : decodeCursor({ cursor, query: 'runs', after: runPlace, room });
      const rows = await runs.list({ tenant, limit: limit + 1, after });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const next_cursor = last
        ? encodeCursor({ query: 'runs', after: { createdAt: last.createdAt, runId: last.runId } })
        : null;
      linkToNext(request, reply, next_cursor);
      return { data: data.map(viewOf), next_cursor, has_more: next_cursor !== null };
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
    async ({ params, caller: { tenant } }) => viewOf(await runs.get(tenant, params.run_id)),
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
    async ({ params, caller: { tenant } }) => viewOf(await runs.cancel(tenant, params.run_id)),
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
      const { runId } = await runs.get(tenant, request.params.run_id);
      const query = { runId, reason, decision_id };
      const after = cursor === undefined ? null : decodeCursor({ cursor, query, after: z.string(), room });
      const rows = await listRejections(db, {
        ...{ tenant, runId, reason, decisionId: decision_id, after, limit: limit + 1 },
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

function viewOf(run: CurationRunRecord): CurationRun {
  const { runId, state, createdAt, finishedAt, progress, input, result, error } = run;
  return {
    ...{ run_id: runId, state, created_at: createdAt, finished_at: finishedAt, progress, parameters: input },
    result: state === 'succeeded' ? trainingDataCurated.parse(result) : null,
    error,
  };
}
