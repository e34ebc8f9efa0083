import {
  guaranteeInWords,
  type AnswerOf,
  type CurationOutlook,
  type listAgents,
  type StatusView,
} from '@retort/contracts';
import type { RunQueue, Trace } from '@retort/service-kit';
import type { ModelState } from '../domain/model-state.ts';
import { nextStep } from '../domain/next-step.ts';
import { whatHelps } from '../domain/what-helps.ts';
import type { TrainingInput, TrainingResult } from './execute-training.ts';
import type { ModelRegistry } from './model-registry.ts';

/** What came in, and how far away the next version of the training data is. */
export type ProgressOf = (
  tenant: string,
  trace: Trace,
) => Promise<{ agents: AnswerOf<typeof listAgents>['data']; outlook: CurationOutlook }>;

export interface StatusPorts {
  progress: ProgressOf;
  registry: ModelRegistry;
  queue: Pick<RunQueue<TrainingInput, TrainingResult>, 'list'>;
}

/** Where the loop of a tenant stands. */
export async function statusOf(
  { progress, registry, queue }: StatusPorts,
  tenant: string,
  trace: Trace,
): Promise<StatusView> {
  const [{ agents, outlook }, [run], names] = await Promise.all([
    progress(tenant, trace),
    queue.list({ tenant, limit: 1 }),
    registry.names(tenant),
  ]);
  const models = await Promise.all(
    names.map(async (model) => modelStatus(model, (await registry.load({ tenant, model })).state)),
  );
  const datasetVersion = run?.result.dataset_version ?? run?.input.dataset_version ?? null;
  return {
    decisions: agents.reduce((sum, { decisions }) => sum + decisions, 0),
    agents,
    next: nextStep({
      outlook,
      training: run ? { state: run.state, datasetVersion } : null,
      serves: models.some(({ serving }) => serving !== null),
    }),
    models,
  };
}

function modelStatus(model: string, { versions, serving }: ModelState): StatusView['models'][number] {
  const serves = serving === null ? undefined : versions.get(serving);
  const newest = [...versions.values()].at(-1);
  const reasons = newest?.stage === 'refused' ? (newest.refusal?.reasons ?? []) : [];
  return {
    model,
    versions: versions.size,
    serving: serves
      ? {
          model_version: serves.trained.model_version,
          guarantee: guaranteeInWords(serves.trained.guarantee),
          coverage: serves.evaluation?.report.coverage.value ?? null,
          rows: serves.trained.rows,
        }
      : null,
    refusal:
      newest && reasons.length > 0
        ? { model_version: newest.trained.model_version, reasons: [...reasons], helps: whatHelps(reasons) }
        : null,
  };
}
