import type { ArtifactStore } from '@retort/artifact-store';
import type { CurationRunInput, TrainingDataCurated } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import type { Clock } from '@retort/kernel';
import type { Run, RunWork } from '@retort/service-kit';
import type { Rejection } from '../domain/candidates.ts';
import { purposeOf, recipeOf } from '../domain/recipe.ts';
import type { CurationTaskOutput } from '../tasks/curate.ts';
import { curateHistory, type CurateHistoryPorts } from './curate-history.ts';
import type { Publications } from './datasets.ts';

export const product = 'distillation_training_data';
export type CurationRunRecord = Run<CurationRunInput, TrainingDataCurated>;

export interface ExecuteRunPorts extends CurateHistoryPorts {
  publications: Publications;
  artifacts: ArtifactStore;
  /** Keeps them as an artifact and gives its digest. */
  keepRejections(rejections: readonly Rejection[]): Promise<string>;
  events: Pick<EventStore, 'head'>;
  clock: Clock;
}

/** Gathers, curates, stores what was made as artifacts, and publishes it: TRAINING_DATA_CURATED.
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
  return publish(ports, run, { output, logPosition });
}

async function publish(
  { artifacts, keepRejections, publications, clock }: ExecuteRunPorts,
  { tenant, runId, trace, input }: CurationRunRecord,
  { output, logPosition }: { output: CurationTaskOutput; logPosition: string },
): Promise<TrainingDataCurated> {
  const { report, digest, rows } = output;
  const { digest: manifest } = await artifacts.put(output.manifest);
  const data = {
    run_id: runId,
    product,
    digest,
    log_position: logPosition,
    rows,
    considered: report.considered,
    duplicates: report.duplicates,
    conflicts: report.conflicts,
    rejected: report.rejected,
    deduplication_rate: report.deduplication_rate,
    quality: Object.fromEntries(
      Object.entries(report.quality).map(([name, { offenders: _, ...metric }]) => [name, metric]),
    ),
    purpose: purposeOf(recipeOf(input)),
    manifest,
    rejections: await keepRejections(output.rejections),
  };
  const { state } = await publications.handle(tenant, product, { data, now: clock() }, trace);
  return state.byRun.get(runId)!;
}
