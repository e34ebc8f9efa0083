import type { TrainingDataCurated } from '@retort/contracts';
import { fault, nameBasedId } from '@retort/kernel';
import { recordEvent, type OnProgress, type ServiceContext } from '@retort/service-kit';
import { projectedHistory } from '../adapters/decision-history.ts';
import { storeDataset, storeRejections } from '../adapters/datasets.ts';
import { noteResult, type ClaimedRun } from '../adapters/runs.ts';
import { datasetVersion } from '../domain/dataset.ts';
import { recipeOf } from '../domain/recipe.ts';
import type { CurationTaskInput, CurationTaskOutput } from '../tasks/curate.ts';
import { gatherHistory } from './gather-history.ts';

export const product = 'distillation_training_data';
/** Event ids derive from the run, so that a publication tried again is the same event. */
const eventNamespace = '5b0f0f0c-6a55-4d3e-9a54-3d3a1a6f6c11';

export type CurationContext = Pick<
  ServiceContext<unknown>,
  'db' | 'events' | 'artifacts' | 'http' | 'compute' | 'clock' | 'newId' | 'log'
>;

/** Gathers, curates, stores and announces.
 *  @throws `curation.no-decisions`, `curation.nothing-left` (409), `curation.cancelled`, and whatever the history or
 *          the stores throw */
export async function executeRun(
  context: CurationContext,
  run: ClaimedRun,
  { signal, onProgress }: { signal: AbortSignal; onProgress: OnProgress },
): Promise<void> {
  const recipe = recipeOf(run.parameters);
  onProgress({ fraction: 0, step: 'reading' });
  const gathered = await gatherHistory({
    history: projectedHistory(context.http, run.tenant, run.trace),
    // What was acknowledged before the run began belongs to it, also when the projection is a moment behind.
    query: { agents: recipe.agents, atLeast: await context.events.head(), signal },
    onCount: (decisions) => onProgress({ fraction: 0, step: `reading: ${decisions} decisions` }),
  });
  const { chunks, count, toolsets, logPosition } = gathered;
  if (count === 0 || logPosition === null)
    throw ended('curation.no-decisions', 'There are no decisions to curate yet.');
  const output = await context.compute.run<CurationTaskInput, CurationTaskOutput>(
    taskUrl,
    { chunks, count, toolsets, recipe, logPosition },
    {
      signal,
      transfer: chunks,
      onProgress: ({ fraction, step }) => onProgress({ fraction: 0.1 + 0.8 * fraction, step }),
    },
  );
  if (output.rows === 0) throw ended('curation.nothing-left', 'Every decision was rejected; the rejections say why.');
  onProgress({ fraction: 0.9, step: 'storing' });
  await publish(context, run, await store(context, run, { output, logPosition }));
}

/** The build has no `.ts`; the extension is this module's own. */
const taskUrl = new URL(`../tasks/curate${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

async function store(
  context: CurationContext,
  run: ClaimedRun,
  { output, logPosition }: { output: CurationTaskOutput; logPosition: string },
): Promise<TrainingDataCurated> {
  const { tenant, runId } = run;
  const { report } = output;
  const createdAt = context.clock();
  const { digest: manifest } = await context.artifacts.put(output.manifest);
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
  };
  return context.db.transaction(async (transaction) => {
    const dataset_version = await storeDataset(transaction, { tenant, runId, manifest, createdAt, summary: proposed });
    const result = { ...proposed, dataset_version };
    await storeRejections(transaction, { tenant, runId, rejections: output.rejections });
    if (!(await noteResult(transaction, run, result)))
      throw ended('curation.cancelled', 'The run was cancelled before its data set was stored.');
    return result;
  });
}

/** Announces a stored data set. Doing it again changes nothing. */
export async function publish(context: CurationContext, run: ClaimedRun, data: TrainingDataCurated): Promise<void> {
  await recordEvent(context, {
    type: 'TRAINING_DATA_CURATED',
    id: nameBasedId(eventNamespace, `${run.tenant}/${run.runId}`),
    tenant: run.tenant,
    aggregateId: product,
    trace: run.trace,
    data,
  });
}

function ended(code: string, message: string): Error {
  return fault(code, { status: 409, retriable: false, public: message });
}
