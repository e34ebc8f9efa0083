import type { NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { Run, RunQueue, Trace } from '@retort/service-kit';
import { versionToAsk, type LabelledRequest } from './ask-student.ts';
import type { EvaluationInput, EvaluationResult } from './execute-evaluation.ts';
import type { Inputs } from './inputs.ts';
import type { ModelVersionsOf } from './model-versions.ts';
import type { StudentsOf } from './students.ts';

export interface StartEvaluationPorts {
  db: Database;
  newId: NewId;
  queue: RunQueue<EvaluationInput, EvaluationResult>;
  inputs: Inputs;
  students: StudentsOf;
  versions: ModelVersionsOf;
}

export interface StartEvaluation {
  tenant: string;
  trace: Trace;
  asked: Omit<EvaluationInput, 'decisions'> & { decisions: readonly LabelledRequest[] };
}

/** Queues an evaluation together with what it compares. Whoever is accepted is told now of a version that is not there.
 *  @throws what the registry of models says of it, `model.unknown-version` (404) among it */
export async function startEvaluation(
  { db, newId, queue, inputs, students, versions }: StartEvaluationPorts,
  { tenant, trace, asked: { decisions, ...about } }: StartEvaluation,
): Promise<Run<EvaluationInput, EvaluationResult>> {
  const { model, model_version: named } = about;
  const modelVersion = await versionToAsk(students(tenant, trace), { model, named });
  await versions(tenant, trace).describe({ model, modelVersion });
  const runId = newId();
  return db.transaction(async (transaction) => {
    await inputs.keep(runId, decisions, transaction);
    const input = { ...about, decisions: decisions.length };
    return queue.enqueue({ runId, tenant, trace, input }, transaction);
  });
}
