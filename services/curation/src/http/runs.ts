import {
  curationRuns,
  listCurationRejections,
  trainingDataCurated,
  type CurationRun,
  type CurationRunInput,
  type TrainingDataCurated,
} from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import { mount, mountRuns, pageOf, type Routes, type RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import type { Datasets } from '../app/datasets.ts';
import type { CurationRunRecord } from '../app/execute-run.ts';
import type { Tenants } from '../app/tenants.ts';
import { recipeOf } from '../domain/recipe.ts';

export interface CurationRunPorts {
  runs: RunQueue<CurationRunInput, TrainingDataCurated>;
  datasets: Datasets;
  tenants: Tenants;
  newId: NewId;
}

export function curationRunRoutes(app: Routes, { runs, datasets, tenants, newId }: CurationRunPorts): void {
  mountRuns(app, curationRuns, {
    area: 'curation',
    queue: runs,
    view: viewOf,
    async start({ body, caller: { tenant }, trace }) {
      recipeOf(body);
      await tenants.know(tenant);
      return runs.enqueue({ tenant, runId: newId(), input: body, trace });
    },
  });

  mount(app, listCurationRejections, async ({ params, query, caller: { tenant } }) => {
    const { runId, result } = await runs.get(tenant, params.run_id);
    const artifact = result.rejections;
    const { reason = null, decision_id: decisionId = null } = query;
    return pageOf({
      area: 'curation',
      query: { ...query, runId },
      position: z.string(),
      positionOf: ({ decision_id }) => decision_id,
      read: (after, limit) => datasets.rejections({ tenant, runId, artifact, reason, decisionId, after, limit }),
    });
  });
}

function viewOf({ runId, createdAt, finishedAt, input, result, ...run }: CurationRunRecord): CurationRun {
  return {
    run_id: runId,
    state: run.state,
    created_at: createdAt,
    finished_at: finishedAt,
    progress: run.progress,
    error: run.error,
    parameters: input,
    result: run.state === 'succeeded' ? trainingDataCurated.parse(result) : null,
  };
}
