import { evaluations, listEvaluationSamples, type EvaluationRun } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { lines, mount, mountRuns, pageOf, type Routes, type Run, type RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import { versionToAsk } from '../app/ask-student.ts';
import type { EvaluationInput, EvaluationResult } from '../app/execute-evaluation.ts';
import type { Inputs } from '../app/inputs.ts';
import type { ModelVersionsOf } from '../app/model-versions.ts';
import type { Samples } from '../app/samples.ts';
import type { StudentsOf } from '../app/students.ts';
import { readEvaluation } from './evaluation-body.ts';

const bodyLimit = 64 * 1024 * 1024;

export interface EvaluationRoutePorts {
  db: Database;
  newId: NewId;
  queue: RunQueue<EvaluationInput, EvaluationResult>;
  inputs: Inputs;
  samples: Samples;
  students: StudentsOf;
  versions: ModelVersionsOf;
}

export function evaluationRoutes(app: Routes, ports: EvaluationRoutePorts): void {
  const { db, newId, queue, inputs, samples, students, versions } = ports;
  mountRuns(app, evaluations, {
    area: 'evaluation',
    queue,
    view: viewOf,
    create: { bodyLimit },
    async start({ body, query, caller: { tenant }, trace, request }) {
      const { decisions, ...about } = await readEvaluation(body, request.headers['content-type'] ?? '', query);
      // Whoever gets a 202 is told now of a version that is not there.
      const { model, model_version: named } = about;
      const modelVersion = await versionToAsk(students(tenant, trace), { model, named });
      await versions(tenant, trace).describe({ model, modelVersion });
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
    if (wanted === 'lines') return lines(samples.all(asked));
    return pageOf({
      area: 'evaluation',
      query: { ...query, evaluationId },
      position: z.int(),
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
