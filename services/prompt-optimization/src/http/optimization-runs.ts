import { optimizationRun, optimizationRunInput, page, runState, timestamp } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { Teacher } from '@retort/llm';
import { decodeCursor, encodeCursor, linkToNext, type Routes, type Run, type RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import { configured, type OptimizationInput, type OptimizationResult } from '../app/optimize.ts';

const runParameters = z.object({ run_id: z.string() });
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(4096).optional(),
  state: runState.optional(),
  /** Only runs that had ended by then. */
  as_of: timestamp.optional(),
  /** The same: a run is known when it ends. */
  recorded_as_of: timestamp.optional(),
});
const place = z.object({ createdAt: z.string(), runId: z.string() });

export interface OptimizationRoutePorts {
  queue: RunQueue<OptimizationInput, OptimizationResult>;
  teacher: Teacher | undefined;
  newId: NewId;
}

export function optimizationRunRoutes(app: Routes, { queue, teacher, newId }: OptimizationRoutePorts): void {
  app.post(
    '/api/v1/optimization-runs',
    {
      config: { scope: 'prompts:write' },
      schema: {
        summary: 'Make a better version of a prompt, within a budget of teacher calls',
        operationId: 'optimizePrompt',
        body: optimizationRunInput,
        response: { 202: optimizationRun },
      },
    },
    async ({ body, caller, trace }, reply) => {
      configured(teacher);
      const run = await queue.enqueue({ runId: newId(), tenant: caller.tenant, trace, input: body });
      return reply.status(202).header('location', `/api/v1/optimization-runs/${run.runId}`).send(viewOf(run));
    },
  );
  app.get(
    '/api/v1/optimization-runs',
    {
      config: { scope: 'prompts:read' },
      schema: {
        summary: 'Optimisation runs, the newest first: rows of optimization_history',
        operationId: 'listOptimizationRuns',
        querystring: listQuery,
        response: { 200: page(optimizationRun) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, state, as_of, recorded_as_of } = request.query;
      const finishedBy = earlier(as_of, recorded_as_of);
      const query = { state: state ?? null, finishedBy: finishedBy ?? null };
      const after = cursor === undefined ? undefined : decodeCursor({ cursor, query, after: place, room: 'prompts' });
      const runs = await queue.list({ tenant: request.caller.tenant, limit: limit + 1, after, state, finishedBy });
      const shown = runs.slice(0, limit);
      const last = runs.length > limit ? shown.at(-1) : undefined;
      const next = last ? encodeCursor({ query, after: { createdAt: last.createdAt, runId: last.runId } }) : null;
      linkToNext(request, reply, next);
      return { data: shown.map(viewOf), next_cursor: next, has_more: next !== null };
    },
  );
  app.get(
    '/api/v1/optimization-runs/:run_id',
    {
      config: { scope: 'prompts:read' },
      schema: {
        summary: 'How an optimisation stands',
        operationId: 'getOptimizationRun',
        params: runParameters,
        response: { 200: optimizationRun },
      },
    },
    async ({ caller, params }) => viewOf(await queue.get(caller.tenant, params.run_id)),
  );
  app.post(
    '/api/v1/optimization-runs/:run_id([^:]+)::cancel',
    {
      config: { scope: 'prompts:write' },
      schema: {
        summary: 'Cancel an optimisation; one that has finished stays as it is',
        operationId: 'cancelOptimization',
        params: runParameters,
        response: { 200: optimizationRun },
      },
    },
    async ({ caller, params }) => viewOf(await queue.cancel(caller.tenant, params.run_id)),
  );
}

function earlier(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Date.parse(left) < Date.parse(right) ? left : right;
}

function viewOf(run: Run<OptimizationInput, OptimizationResult>): z.input<typeof optimizationRun> {
  return {
    run_id: run.runId,
    state: run.state,
    created_at: run.createdAt,
    finished_at: run.finishedAt,
    progress: run.progress,
    error: run.error,
    prompt: run.input.prompt,
    optimizer: run.input.optimizer,
    prompt_version: run.result.prompt_version ?? null,
    score: run.result.score ?? null,
    baseline: run.result.baseline ?? null,
    teacher_calls: run.result.teacher_calls ?? 0,
  };
}
