import type { ArtifactStore } from '@retort/artifact-store';
import type { CurationRunInput, TrainingDataCurated } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { nameBasedId, type Clock, type NewId } from '@retort/kernel';
import { recordEvent, type Run, type RunWork } from '@retort/service-kit';
import { datasetVersion } from '../domain/dataset.ts';
import { purposeOf, recipeOf } from '../domain/recipe.ts';
import type { CurationTaskOutput } from '../tasks/curate.ts';
import { curateHistory, type CurateHistoryPorts } from './curate-history.ts';
import type { Datasets } from './datasets.ts';

export const product = 'distillation_training_data';
/** Event ids derive from the run, so that a publication tried again is the same event. */
const eventNamespace = '5b0f0f0c-6a55-4d3e-9a54-3d3a1a6f6c11';

export type CurationRunRecord = Run<CurationRunInput, TrainingDataCurated>;

export interface ExecuteRunPorts extends CurateHistoryPorts {
  datasets: Datasets;
  artifacts: ArtifactStore;
  events: EventStore;
  clock: Clock;
  newId: NewId;
}

/** Gathers, curates, stores and announces.
 *  @throws `curation.no-decisions`, `curation.nothing-left` (409), and whatever the history or the stores throw */
export async function executeRun(
  ports: ExecuteRunPorts,
  run: CurationRunRecord,
  { signal, report }: RunWork<TrainingDataCurated>,
): Promise<TrainingDataCurated> {
  const { output, logPosition } = await curateHistory(
    ports,
    {
      tenant: run.tenant,
      trace: run.trace,
      recipe: recipeOf(run.input),
      // What was acknowledged before the run began belongs to it, also when the projection is a moment behind.
      history: { at: await ports.events.head() },
    },
    { signal, report },
  );
  report({ fraction: 0.9, step: 'storing' });
  const result = await store(ports, run, { output, logPosition });
  await announce(ports, run, result);
  return result;
}

async function store(
  ports: ExecuteRunPorts,
  run: CurationRunRecord,
  { output, logPosition }: { output: CurationTaskOutput; logPosition: string },
): Promise<TrainingDataCurated> {
  const { tenant, runId } = run;
  const { report } = output;
  const createdAt = ports.clock();
  const { digest: manifest } = await ports.artifacts.put(output.manifest);
  const digest = output.digest;
  const proposed: TrainingDataCurated = {
    run_id: runId,
    product,
    dataset_version: datasetVersion(digest, createdAt),
    digest,
    log_position: logPosition,
    rows: output.rows,
    considered: report.considered,
    duplicates: report.duplicates,
    conflicts: report.conflicts,
    rejected: report.rejected,
    deduplication_rate: report.deduplication_rate,
    quality: Object.fromEntries(
      Object.entries(report.quality).map(([name, { offenders: _, ...metric }]) => [name, metric]),
    ),
    purpose: purposeOf(recipeOf(run.input)),
  };
  const dataset_version = await ports.datasets.store({
    tenant,
    runId,
    manifest,
    createdAt,
    summary: proposed,
    rejections: output.rejections,
  });
  return { ...proposed, dataset_version };
}

/** Announces a stored data set. Doing it again changes nothing. */
async function announce(ports: ExecuteRunPorts, run: CurationRunRecord, data: TrainingDataCurated): Promise<void> {
  await recordEvent(ports, {
    type: 'TRAINING_DATA_CURATED',
    id: nameBasedId(eventNamespace, `${run.tenant}/${run.runId}`),
    tenant: run.tenant,
    aggregateId: product,
    trace: run.trace,
    data,
  });
}
