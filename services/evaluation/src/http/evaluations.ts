import { evaluations, listEvaluationSamples, type EvaluationRun } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import {
  lines,
  mount,
  mountRuns,
  pageOf,
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
import { readEvaluation } from './evaluation-body.ts';

const bodyLimit = 64 * 1024 * 1024;

export interface EvaluationRoutePorts {
  db: Database;
  newId: NewId;
  queue: RunQueue<EvaluationInput, EvaluationResult>;
  inputs: Inputs;
  samples: Samples;
  http: ServiceClient;
}

export function evaluationRoutes(app: Routes, { db, newId, queue, inputs, samples, http }: EvaluationRoutePorts): void {
  mountRuns(app, evaluations, {
    area: 'evaluation',
    queue,
    view: viewOf,
    create: { bodyLimit },
    async start({ body, query, caller: { tenant }, trace, request }) {
      const { decisions, ...about } = await readEvaluation(body, request.headers['content-type'] ?? '', query);
      // Whoever gets a 202 is told now of a version that is not there.
      const client = http.as(tenant, trace);
      const modelVersion = await versionToAsk(client, { model: about.model, named: about.model_version });
      await describeVersion(client, { model: about.model, modelVersion });
      const runId = newId();
      return db.transaction(async (transaction) => {
        await inputs.keep(runId, decisions, transaction);
        const input = { ...about, decisions: decisions.length };
        return queue.enqueue({ runId, tenant, trace, input }, transaction);
      });
    },
  });
  mount(app, listEvaluationSamples, async ({ params, query, caller: { tenant }, wanted }) => {
    const { runId: evaluationId } = await queue.get(tenant, params.run_id);
    const asked = { tenant, evaluationId, verdict: query.verdict };
    if (wanted === 'lines') return lines(allSamples(samples, asked));
    return pageOf({
      area: 'evaluation',
      query: { ...query, evaluationId },
      place: z.int(),
      read: (after, limit) => samples.page({ ...asked, after: after ?? -1, limit }),
      placeOf: ({ index }) => index,
    });
  });
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
