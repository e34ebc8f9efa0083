import {
  decisionReplay,
  decisionReplayInput,
  decisionReplayResult,
  type DecisionReplay,
  type DecisionReplayInput,
  type DecisionReplayResult,
} from '@retort/contracts';
import type { Routes, RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import type { CurationContext } from '../app/curate-history.ts';
import { versionToReplay, type ReplayRun } from '../app/replay.ts';

const runParameters = z.object({ run_id: z.string() });
const mayRun = { scope: 'curation:run' } as const;
const path = '/api/v1/decision-replays';

export type ReplayQueue = RunQueue<DecisionReplayInput, DecisionReplayResult>;

export function replayRoutes(app: Routes, context: CurationContext, replays: ReplayQueue): void {
  app.post(
    '/api/v1/decisions::replay',
    {
      config: mayRun,
      schema: {
        summary: 'Make the training data of a past moment again and compare it with what was published then',
        operationId: 'replayDecisions',
        body: decisionReplayInput,
        response: { 202: decisionReplay },
      },
    },
    async ({ body, caller: { tenant }, trace }, reply) => {
      await versionToReplay(context, { tenant, input: body });
      const run = await replays.enqueue({ tenant, runId: context.newId(), input: body, trace });
      reply.status(202).header('location', `${path}/${run.runId}`);
      return viewOf(run);
    },
  );

  app.get(
    `${path}/:run_id`,
    {
      config: mayRun,
      schema: {
        summary: 'One replay: how far it has come, and whether it made what was published',
        operationId: 'getDecisionReplay',
        params: runParameters,
        response: { 200: decisionReplay },
      },
    },
    async ({ params, caller: { tenant } }) => viewOf(await replays.get(tenant, params.run_id)),
  );

  app.post(
    `${path}/:run_id([^:/]+)::cancel`,
    {
      config: mayRun,
      schema: {
        summary: 'Cancel a replay; one that has ended stays as it is',
        operationId: 'cancelDecisionReplay',
        params: runParameters,
        response: { 200: decisionReplay },
      },
    },
    async ({ params, caller: { tenant } }) => viewOf(await replays.cancel(tenant, params.run_id)),
  );
}

function viewOf(run: ReplayRun): DecisionReplay {
  const { runId, state, createdAt, finishedAt, progress, input, result, error } = run;
  return {
    ...{ run_id: runId, state, created_at: createdAt, finished_at: finishedAt, progress, parameters: input },
    result: state === 'succeeded' ? decisionReplayResult.parse(result) : null,
    error,
  };
}
