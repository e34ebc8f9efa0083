import { setTimeout as delay } from 'node:timers/promises';
import type { ArtifactStore } from '@retort/artifact-store';
import {
  curationRuns,
  type DatasetView,
  type EventData,
  type Measured,
  type TrainingProviderName,
} from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import type { Run, RunWork, Trace } from '@retort/service-kit';
import type { KnownDatasets } from './known-datasets.ts';
import type { TrainingData, TrainingDataOf } from './training-data.ts';
import type { SearchOptions, SearchRecord, SlicePolicy } from '@retort/student';
import type { GateReason } from '../domain/gate-reason.ts';
import type { GatePolicy } from '../domain/gate.ts';
import { attemptNumber } from '../domain/attempt-number.ts';
import { deployedBy, experimentReason } from '../domain/deployment-policy.ts';
import type { TrainedModel } from '../domain/trained-model.ts';
import type { ModelRegistry } from './model-registry.ts';
import { comparisonWithServing, keepHeldOut } from './held-out-turns.ts';
import { packDecisions } from './pack-decisions.ts';
import { providerNamed, type TrainingProviders } from './training-provider.ts';

export interface TrainingInput {
  model: string;
  dataset_version?: string | undefined;
  target: number;
  confidence: number;
  seed: number;
  configuration: JsonObject;
  /** Absent in runs from before there was one. */
  search?: SearchOptions | null | undefined;
  slices: SlicePolicy;
  provider: TrainingProviderName;
  /** What the policy says when absent. */
  deploy?: boolean | undefined;
  /** The key that asked for the run may approve models. Absent in runs from before that was asked. */
  mayApprove?: boolean;
  /** Which attempt of the trainer's on its data set this is; absent when somebody asked for the run. */
  attempt?: number;
}
export interface TrainingResult {
  dataset_version: string;
  model_version: string;
  deployed: boolean;
  refused: readonly GateReason[];
  /** What the work is called at the provider; absent where it is done in this process. */
  remote_job?: string;
  /** How the configuration was chosen; absent when it was given. */
  search?: SearchRecord;
}

export interface TrainingPorts {
  registry: ModelRegistry;
  datasets: KnownDatasets;
  artifacts: ArtifactStore;
  providers: TrainingProviders;
  data: TrainingDataOf;
  policy: GatePolicy;
}

const causeWithinMs = 10_000;

/** One training, from rows to the gate's word: MODEL_TRAINED, MODEL_EVALUATED, then MODEL_DEPLOYED or
 *  MODEL_DEPLOYMENT_REFUSED, each caused by the one before, the first by the event that published the data. */
export async function executeTraining(
  ports: TrainingPorts,
  { run, work }: { run: Run<TrainingInput, TrainingResult>; work: RunWork<TrainingResult> },
): Promise<TrainingResult> {
  const { input, tenant } = run;
  const reference = { tenant, model: input.model };
  const data = ports.data(tenant, run.trace);
  const dataset = await datasetToLearn(data, input.dataset_version);
  await work.update({ dataset_version: dataset.dataset_version });

  const packed = await packDecisions({
    rows: data.rows(dataset.dataset_version, work.signal),
    toolset: data.toolset,
    onRow: (count) =>
      work.report({ fraction: 0.1 * Math.min(1, count / Math.max(1, dataset.rows)), step: 'reading the data' }),
  });
  const { seed, target, confidence, configuration, slices } = input;
  const { toolFloor, toolFloors = {} } = ports.policy;
  const floors = Object.keys(toolFloors).length === 0 ? { toolFloor } : { toolFloor, toolFloors };
  const asked = { seed, target, confidence, configuration, slices, ...floors };
  const { state: before } = await ports.registry.load(reference);
  const attempt = attemptNumber(before, { runId: run.runId, datasetDigest: dataset.digest, options: asked });
  const options = { ...asked, attempt };
  const provider = providerNamed(ports.providers, input.provider);
  const trainedModel = await provider.train(
    { runId: run.runId, tenant, model: input.model, data: packed, options, search: input.search ?? null },
    {
      signal: work.signal,
      cancelled: work.cancelled,
      report: (progress) => work.report({ ...progress, fraction: 0.1 + 0.8 * progress.fraction }),
      startedAs: (remoteJob) => work.update({ remote_job: remoteJob }),
    },
  );
  const { evaluation, search } = trainedModel;
  if (search) await work.update({ search });
  work.report({ fraction: 0.92, step: 'storing the model', metrics: metricsOf(trainedModel) });
  const { digest, bytes } = await ports.artifacts.put(trainedModel.artifact);
  const version = versionOf(input.model, digest);
  const trained = {
    run_id: run.runId,
    model: input.model,
    model_version: version,
    artifact: digest,
    artifact_bytes: bytes,
    dataset_version: dataset.dataset_version,
    dataset_digest: dataset.digest,
    rows: packed.count,
    tools: trainedModel.tools,
    train_seconds: trainedModel.trainSeconds,
    guarantee: trainedModel.guarantee,
    configuration: trainedModel.configuration,
    card: trainedModel.card,
    ...(trainedModel.search && { search: trainedModel.search }),
    leakage: trainedModel.leakage,
    slices: trainedModel.slices,
    attempt,
    ...(trainedModel.heldOut.length > 0 && { held_out: await keepHeldOut(ports.artifacts, trainedModel.heldOut) }),
    provider: input.provider,
  } satisfies EventData<'MODEL_TRAINED'>;

  // Nothing of a run that was cancelled meanwhile goes on the record.
  work.signal.throwIfAborted();
  const cause = await causeOf(ports.datasets, run, dataset.dataset_version, work.signal);
  const registered = await ports.registry.handle(reference, { type: 'RegisterTrained', trained }, cause);
  await work.update({ model_version: version });
  const comparison = await comparisonWithServing(ports.artifacts, registered.state, version);
  const evaluated =
    evaluation === null
      ? registered
      : await ports.registry.handle(
          reference,
          {
            type: 'RecordEvaluation',
            evaluation: {
              evaluation_id: run.runId,
              model: input.model,
              model_version: version,
              ...evaluation,
              ...(comparison && { comparison }),
            },
          },
          registered.trace,
        );
  const result = { dataset_version: dataset.dataset_version, model_version: version };
  const by = deployedBy({
    asked: input.deploy,
    mayApprove: input.mayApprove ?? false,
    purpose: dataset.purpose,
  });
  if (by === null) return { ...result, deployed: false, refused: input.deploy === false ? [] : [experimentReason] };
  work.report({ fraction: 0.97, step: 'asking the gate' });
  const { state } = await ports.registry.handle(
    reference,
    { type: 'Deploy', model: input.model, version, policy: ports.policy, by },
    evaluated.trace,
  );
  const deployed = state.serving === version;
  return { ...result, deployed, refused: deployed ? [] : (state.versions.get(version)?.refusal?.reasons ?? []) };
}

/** The version named, or the policy's newest.
 *  @throws `curation.dataset-unknown` (404), `training.no-dataset` (409) */
export async function datasetToLearn(data: TrainingData, named: string | undefined): Promise<DatasetView> {
  if (named !== undefined) return data.describe(named);
  const newest = await data.newest();
  if (newest) return newest;
  throw fault('training.no-dataset', {
    public: `No training data were curated yet: POST ${curationRuns.create.path} first.`,
  });
}

/** What a student's artifact is called: the same artifact has the same name. */
function versionOf(model: string, digest: string): string {
  return `${model}-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

/** The event that published the data caused the training; it may still be on its way to us. Without it, what asked for
 *  the run is the cause. */
async function causeOf(
  datasets: KnownDatasets,
  run: Run<TrainingInput, TrainingResult>,
  datasetVersion: string,
  signal: AbortSignal,
): Promise<Trace> {
  const deadline = performance.now() + causeWithinMs;
  for (;;) {
    const known = await datasets.find(run.tenant, datasetVersion);
    if (known) return { ...known.trace, traceParent: run.trace.traceParent };
    if (performance.now() > deadline) return run.trace;
    await delay(100, undefined, { signal });
  }
}

/** What is worth watching at the end. */
function metricsOf({ evaluation, trainSeconds }: TrainedModel): Record<string, number> {
  const rates: Record<string, Measured> = evaluation
    ? {
        tool_agreement: evaluation.report.tool_agreement,
        call_agreement: evaluation.report.call_agreement,
        coverage: evaluation.report.coverage,
        served_call_agreement: evaluation.report.served_call_agreement,
      }
    : {};
  const known = Object.entries(rates).flatMap(([name, { value }]) => (value === null ? [] : [[name, value] as const]));
  return { ...Object.fromEntries(known), train_seconds: trainSeconds };
}
