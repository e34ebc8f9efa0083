import { guaranteeInWords, type modelView, type ModelVersionView, type TrainingRun } from '@retort/contracts';
import type { Run } from '@retort/service-kit';
import type { TrainingInput, TrainingResult } from '../app/execute-training.ts';
import type { ModelHistory } from '../app/model-registry.ts';
import type { ModelState, VersionState } from '../domain/model-state.ts';
import type { z } from 'zod';

export function trainingRunView(run: Run<TrainingInput, TrainingResult>): TrainingRun {
  return {
    run_id: run.runId,
    state: run.state,
    created_at: run.createdAt,
    finished_at: run.finishedAt,
    progress: run.progress,
    error: run.error,
    model: run.input.model,
    // Runs from before there were providers were local.
    provider: run.input.provider ?? 'local',
    remote_job: run.result.remote_job ?? null,
    search: run.result.search ? { ...run.result.search } : null,
    dataset_version: run.result.dataset_version ?? run.input.dataset_version ?? null,
    model_version: run.result.model_version ?? null,
    deployed: run.result.deployed ?? null,
    refused: [...(run.result.refused ?? [])],
  };
}

export function modelViewOf(model: string, { serving, rollout, versions }: ModelState): z.infer<typeof modelView> {
  return { model, serving, challenger: rollout?.model_version ?? null, versions: versions.size };
}

export function modelVersionViewOf({ trainedAt }: ModelHistory, version: VersionState): ModelVersionView {
  const { trained, evaluation, stage } = version;
  return {
    model: trained.model,
    model_version: trained.model_version,
    stage: stage === 'evaluated' ? 'trained' : stage,
    created_at: trainedAt.get(trained.model_version)!,
    artifact: trained.artifact,
    artifact_bytes: trained.artifact_bytes,
    dataset_version: trained.dataset_version,
    dataset_digest: trained.dataset_digest,
    rows: trained.rows,
    tools: trained.tools,
    train_seconds: trained.train_seconds,
    guarantee: trained.guarantee,
    ...(trained.attempt !== undefined && { attempt: trained.attempt }),
    promise: guaranteeInWords(trained.guarantee),
    ...(trained.slices && { slices: trained.slices }),
    evaluation: evaluation?.report ?? null,
    provider: trained.provider ?? 'local',
    configuration: trained.configuration,
    ...(trained.search && { search: trained.search }),
    card: trained.card ?? {},
    ...(version.erasures.length > 0 && { erasures: [...version.erasures] }),
  };
}
