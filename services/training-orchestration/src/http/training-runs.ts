import { Readable } from 'node:stream';
import { page, trainingRun, trainingRunInput } from '@retort/contracts';
import { fault, type Clock, type JsonObject, type NewId } from '@retort/kernel';
import {
  decodeCursor,
  encodeCursor,
  linkToNext,
  type Routes,
  type RunQueue,
  type ServiceClient,
} from '@retort/service-kit';
import { z } from 'zod';
import { trainingData } from '../adapters/curation.ts';
import { dailyQuota } from '../app/daily-quota.ts';
import { datasetToLearn, type TrainingInput, type TrainingResult } from '../app/execute-training.ts';
import { providerNamed, type TrainingProviders } from '../app/training-provider.ts';
import type { Config } from '../config.ts';
import { searchSpace } from '../domain/attempts.ts';
import { needsApproval } from '../domain/deployment-policy.ts';
import { serverSentEvents } from './server-sent-events.ts';
import { trainingRunView } from './views.ts';

const runParameters = z.object({ run_id: z.string() });
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
});
const place = z.object({ createdAt: z.string(), runId: z.string() });

export function trainingRunRoutes(
  app: Routes,
  ports: {
    queue: RunQueue<TrainingInput, TrainingResult>;
    config: Config;
    clock: Clock;
    newId: NewId;
    providers: TrainingProviders;
    http: ServiceClient;
  },
): void {
  const { queue, config, clock, newId, providers, http } = ports;
  app.post(
    '/api/v1/training-runs',
    {
      config: { scope: 'training:run' },
      schema: {
        summary: 'Train a student on a version of the training data',
        operationId: 'startTraining',
        body: trainingRunInput,
        response: { 202: trainingRun },
      },
    },
    async (request, reply) => {
      const { body, caller, trace } = request;
      const quota = caller.usage.quotas.training_runs_per_day;
      if (quota !== null) await dailyQuota(queue, { tenant: caller.tenant, quota, now: clock() });
      const provider = body.provider ?? config.provider;
      providerNamed(providers, provider);
      // Whoever gets a 202 is told now of what cannot succeed: a data set that is not there, a deployment nobody approved.
      const dataset = await datasetToLearn(trainingData(http, caller.tenant, trace), body.dataset_version);
      const mayApprove = caller.scopes.includes('models:approve');
      if (needsApproval({ asked: body.deploy, mayApprove, purpose: dataset.purpose }))
        throw fault('training.approval-needed', {
          public: `${dataset.dataset_version} is an experiment, and this key may not approve models: its student cannot be deployed by this run.`,
          errors: [{ pointer: '/deploy', message: 'leave it out, or use a key with models:approve' }],
        });
      const run = await queue.enqueue({
        runId: newId(),
        tenant: caller.tenant,
        trace,
        input: {
          model: body.model,
          dataset_version: body.dataset_version,
          target: body.target ?? config.target,
          confidence: body.confidence ?? config.confidence,
          seed: body.seed ?? 1,
          configuration: (body.configuration ?? {}) as JsonObject,
          search: searchAsked(body),
          slices: body.slices ?? config.slices,
          provider,
          deploy: body.deploy,
          mayApprove,
        },
      });
      return reply.status(202).header('location', `/api/v1/training-runs/${run.runId}`).send(trainingRunView(run));
    },
  );
  app.get(
    '/api/v1/training-runs',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'Training runs, the newest first',
        operationId: 'listTrainingRuns',
        querystring: listQuery,
        response: { 200: page(trainingRun) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const after =
        cursor === undefined ? undefined : decodeCursor({ cursor, query: {}, after: place, room: 'training' });
      const runs = await queue.list({ tenant: request.caller.tenant, limit: limit + 1, after });
      const shown = runs.slice(0, limit);
      const last = shown.at(-1);
      const next =
        runs.length > limit && last
          ? encodeCursor({ query: {}, after: { createdAt: last.createdAt, runId: last.runId } })
          : null;
      linkToNext(request, reply, next);
      return { data: shown.map(trainingRunView), next_cursor: next, has_more: next !== null };
    },
  );
  app.get(
    '/api/v1/training-runs/:run_id',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'How a training run stands',
        operationId: 'getTrainingRun',
        params: runParameters,
        response: { 200: trainingRun },
      },
    },
    async ({ caller, params }) => trainingRunView(await queue.get(caller.tenant, params.run_id)),
  );
  app.post(
    '/api/v1/training-runs/:run_id([^:]+)::cancel',
    {
      config: { scope: 'training:run' },
      schema: {
        summary: 'Cancel a training run; one that has finished stays as it is',
        operationId: 'cancelTraining',
        params: runParameters,
        response: { 200: trainingRun },
      },
    },
    async ({ caller, params }) => trainingRunView(await queue.cancel(caller.tenant, params.run_id)),
  );
  app.post(
    '/api/v1/training-runs/:run_id([^:]+)::resume',
    {
      config: { scope: 'training:run' },
      schema: {
        summary: 'Take up a training run again that failed or was cancelled; any other stays as it is',
        operationId: 'resumeTraining',
        params: runParameters,
        response: { 200: trainingRun },
      },
    },
    async ({ caller, params }) => trainingRunView(await queue.resume(caller.tenant, params.run_id)),
  );
  app.get(
    '/api/v1/training-runs/:run_id/events',
    {
      config: { scope: 'models:read' },
      schema: {
        summary: 'The steps and metrics of a run as they happen (text/event-stream); resumes after Last-Event-ID',
        operationId: 'followTraining',
        params: runParameters,
        headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).default(0) }),
      },
    },
    async (request, reply) => {
      const { caller, params, headers } = request;
      await queue.get(caller.tenant, params.run_id);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const steps = queue.follow({
        tenant: caller.tenant,
        runId: params.run_id,
        after: headers['last-event-id'],
        signal: gone.signal,
      });
      const final = async () => trainingRunView(await queue.get(caller.tenant, params.run_id));
      return reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-store')
        .send(Readable.from(serverSentEvents(steps, final)));
    },
  );
}

/** A run asked for by hand compares configurations only when that is asked for. */
function searchAsked({ search, configuration = {} }: z.output<typeof trainingRunInput>): TrainingInput['search'] {
  if (!search) return null;
  return { candidates: searchSpace(configuration as JsonObject, search.candidates), seconds: search.seconds };
}
