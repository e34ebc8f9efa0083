import { evaluations, listEvaluationSamples, type EvaluationRun } from '@retort/contracts';
import { lines, mount, mountRuns, pageOf, type Routes, type Run } from '@retort/service-kit';
import { z } from 'zod';
import type { EvaluationInput, EvaluationResult } from '../app/execute-evaluation.ts';
import type { Samples } from '../app/samples.ts';
import { startEvaluation, type StartEvaluationPorts } from '../app/start-evaluation.ts';
import { readEvaluation } from './evaluation-body.ts';

const bodyLimit = 64 * 1024 * 1024;

export interface EvaluationRoutePorts extends StartEvaluationPorts {
  samples: Samples;
}

export function evaluationRoutes(app: Routes, ports: EvaluationRoutePorts): void {
  const { queue, samples } = ports;
  mountRuns(app, evaluations, {
    area: 'evaluation',
    queue,
    view: viewOf,
    create: { bodyLimit },
    async start({ body, query, caller: { tenant }, trace, request }) {
      const asked = await readEvaluation(body, request.headers['content-type'] ?? '', query);
      return startEvaluation(ports, { tenant, trace, asked });
    },
  });
  mount(app, listEvaluationSamples, async ({ params, query, caller: { tenant }, wanted }) => {
    const { runId: evaluationId } = await queue.get(tenant, params.run_id);
    const asked = { tenant, evaluationId, verdict: query.verdict };
    if (wanted === 'lines') return lines(samples.all(asked));
    return pageOf({
      area: 'evaluation',
      query: { ...query, evaluationId },
      position: z.int32(),
      read: (after, limit) => samples.page({ ...asked, after: after ?? -1, limit }),
      positionOf: ({ index }) => index,
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
