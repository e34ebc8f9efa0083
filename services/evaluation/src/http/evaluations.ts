import { Readable } from 'node:stream';
import { evaluationInput, evaluationRun, evaluationSample, page, verdict, type EvaluationRun } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import {
  decodeCursor,
  encodeCursor,
  linkToNext,
  validateRequest,
  type Routes,
  type Run,
  type RunQueue,
  type ServiceClient,
} from '@retort/service-kit';
import { z } from 'zod';
import type { Inputs } from '../adapters/inputs.ts';
import { describeVersion } from '../adapters/learnt-rows.ts';
import { allSamples, type Samples } from '../adapters/samples.ts';
import { versionToAsk } from '../app/ask-student.ts';
import type { EvaluationInput, EvaluationResult } from '../app/execute-evaluation.ts';
import { evaluationQuery, readEvaluation } from './evaluation-body.ts';

const ndjson = 'application/x-ndjson';
const bodyLimit = 64 * 1024 * 1024;
const runParameters = z.object({ run_id: z.string() });
const runPlace = z.object({ createdAt: z.string(), runId: z.string() });
const paging = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
};
const room = 'evaluation';

export interface EvaluationRoutePorts {
  db: Database;
  newId: NewId;
  queue: RunQueue<EvaluationInput, EvaluationResult>;
  inputs: Inputs;
  samples: Samples;
  http: ServiceClient;
}

export function evaluationRoutes(app: Routes, { db, newId, queue, inputs, samples, http }: EvaluationRoutePorts): void {
  app.addContentTypeParser([ndjson, 'application/jsonl'], { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  app.post(
    '/api/v1/evaluations',
    {
      config: { scope: 'evaluations:run' },
      bodyLimit,
      // The body has two forms and its decisions are checked a few at a time: see `readEvaluation`.
      validatorCompiler: ({ schema, ...part }) =>
        part.httpPart === 'body'
          ? (value: unknown) => ({ value })
          : validateRequest({ ...part, schema: schema as unknown as z.ZodType }),
      schema: {
        summary:
          'Compare a version with the teacher on labelled decisions: JSON, or one a line as application/x-ndjson',
        operationId: 'evaluateModel',
        querystring: evaluationQuery,
        body: evaluationInput,
        response: { 202: evaluationRun },
      },
    },
    async (request, reply) => {
      const { decisions, ...about } = await readEvaluation(request.body, request.query);
      // Whoever gets a 202 is told now of a version that is not there.
      const client = http.as(request.caller.tenant, request.trace);
      const modelVersion = await versionToAsk(client, { model: about.model, named: about.model_version });
      await describeVersion(client, { model: about.model, modelVersion });
      const runId = newId();
      const run = await db.transaction(async (transaction) => {
        await inputs.keep(runId, decisions, transaction);
        const input = { ...about, decisions: decisions.length };
        return queue.enqueue({ runId, tenant: request.caller.tenant, trace: request.trace, input }, transaction);
      });
      return reply.status(202).header('location', `/api/v1/evaluations/${runId}`).send(viewOf(run));
    },
  );
  app.get(
    '/api/v1/evaluations',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'Evaluations that were asked for, the newest first',
        operationId: 'listEvaluations',
        querystring: z.object(paging),
        response: { 200: page(evaluationRun) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const after = cursor === undefined ? undefined : decodeCursor({ cursor, query: {}, after: runPlace, room });
      const runs = await queue.list({ tenant: request.caller.tenant, limit: limit + 1, after });
      const shown = runs.slice(0, limit);
      const last = runs.length > limit ? shown.at(-1) : undefined;
      const next = last ? encodeCursor({ query: {}, after: { createdAt: last.createdAt, runId: last.runId } }) : null;
      linkToNext(request, reply, next);
      return { data: shown.map(viewOf), next_cursor: next, has_more: next !== null };
    },
  );
  app.get(
    '/api/v1/evaluations/:run_id',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'How an evaluation stands, and its report',
        operationId: 'getEvaluation',
        params: runParameters,
        response: { 200: evaluationRun },
      },
    },
    async ({ caller, params }) => viewOf(await queue.get(caller.tenant, params.run_id)),
  );
  app.get(
    '/api/v1/evaluations/:run_id/samples',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'The decisions compared, a page at a time; with Accept: application/x-ndjson all of them',
        operationId: 'listEvaluationSamples',
        params: runParameters,
        querystring: z.object({ ...paging, verdict: verdict.optional() }),
        response: { 200: page(evaluationSample) },
      },
    },
    async (request, reply) => {
      const { caller, params, query } = request;
      const { limit, cursor, verdict } = query;
      const run = await queue.get(caller.tenant, params.run_id);
      const asked = { tenant: caller.tenant, evaluationId: run.runId, verdict };
      if (request.headers.accept?.includes(ndjson))
        // The schema speaks of the JSON form only.
        return reply.type(ndjson).send(Readable.from(linesOf(allSamples(samples, asked))) as never);
      const after = cursor === undefined ? -1 : decodeCursor({ cursor, query: asked, after: z.int(), room });
      const rows = await samples.page({ ...asked, after, limit: limit + 1 });
      const data = rows.slice(0, limit);
      const next = rows.length > limit ? encodeCursor({ query: asked, after: data.at(-1)!.index }) : null;
      linkToNext(request, reply, next);
      return { data, next_cursor: next, has_more: next !== null };
    },
  );
}

async function* linesOf(samples: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const sample of samples) yield `${JSON.stringify(sample)}\n`;
}

function viewOf(run: Run<EvaluationInput, EvaluationResult>): EvaluationRun {
  return {
    run_id: run.runId,
    state: run.state,
    created_at: run.createdAt,
    finished_at: run.finishedAt,
    progress: run.progress,
    error: run.error,
    model: run.input.model,
    model_version: run.result.model_version ?? run.input.model_version ?? null,
    source: run.input.source,
    report: run.result.report ?? null,
    predictions_per_second: run.result.predictions_per_second ?? null,
  };
}
