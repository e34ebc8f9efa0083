import type { AgreementReport } from '@retort/contracts';
import type { Clock } from '@retort/kernel';
import type { CommandHandler, Run, RunWork, Trace } from '@retort/service-kit';
import { agreementCount } from '../domain/agreement.ts';
import type { EvaluationEvent, EvaluationState, RecordEvaluation } from '../domain/evaluation-record.ts';
import { askStudent, versionToAsk } from './ask-student.ts';
import type { Inputs } from './inputs.ts';
import type { ModelVersionsOf } from './model-versions.ts';
import type { Samples } from './samples.ts';
import type { StudentsOf } from './students.ts';

export interface EvaluationInput {
  model: string;
  model_version?: string | undefined;
  source: string;
  decisions: number;
}
export interface EvaluationResult {
  model_version: string;
  report: AgreementReport;
  predictions_per_second: number | null;
}
export interface EvaluationPorts {
  clock: Clock;
  record: CommandHandler<RecordEvaluation, EvaluationState, EvaluationEvent>;
  students: StudentsOf;
  versions: ModelVersionsOf;
  samples: Samples;
  inputs: Inputs;
  batchSize: number;
}

/** Compares one version with the teacher on the run's decisions: samples a batch at a time, then the report, then
 *  MODEL_EVALUATED. */
export async function executeEvaluation(
  ports: EvaluationPorts,
  { run, work }: { run: Run<EvaluationInput, EvaluationResult>; work: RunWork<EvaluationResult> },
): Promise<EvaluationResult> {
  const { tenant, input, runId } = run;
  const { model, source } = input;
  const startedAt = ports.clock();
  const students = ports.students(tenant, run.trace);
  const modelVersion = await versionToAsk(students, { model, named: input.model_version });
  await work.update({ model_version: modelVersion });
  const question = { students, model, modelVersion, batchSize: ports.batchSize, signal: work.signal };
  const versions = ports.versions(tenant, run.trace);
  const learnt = await versions.rowsLearntFrom({ model, modelVersion }, work.signal);
  const ladder = await versions.ladder({ model, modelVersion });
  const count = agreementCount();
  let [asked, seconds] = [0, 0];
  for await (const batch of askStudent({ ...question, learnt, ladder }, ports.inputs.read(runId))) {
    work.signal.throwIfAborted();
    await ports.samples.add({ tenant, evaluationId: runId }, batch.samples);
    batch.samples.forEach(count.add);
    asked += batch.samples.length;
    seconds += batch.seconds;
    work.report({ fraction: asked / Math.max(1, input.decisions), step: 'comparing' });
  }
  const report = count.report();
  const predictionsPerSecond = seconds > 0 ? asked / seconds : null;
  await publishEvaluation(ports, {
    tenant,
    trace: run.trace,
    evaluationId: runId,
    model,
    modelVersion,
    source,
    startedAt,
    report,
    predictionsPerSecond,
  });
  return { model_version: modelVersion, report, predictions_per_second: predictionsPerSecond };
}

export interface FinishedEvaluation {
  tenant: string;
  trace: Trace;
  evaluationId: string;
  model: string;
  modelVersion: string;
  source: string;
  startedAt: Date;
  report: AgreementReport;
  predictionsPerSecond: number | null;
  drift?: RecordEvaluation['drift'];
  retrain?: RecordEvaluation['retrain'];
}

/** Puts an evaluation and what follows from it on the record and among the metrics; doing it again changes nothing. */
export async function publishEvaluation(
  ports: Pick<EvaluationPorts, 'record' | 'samples'>,
  finished: FinishedEvaluation,
): Promise<void> {
  const { tenant, trace, evaluationId, model, modelVersion, source, startedAt, report, drift, retrain } = finished;
  const evaluation = {
    evaluation_id: evaluationId,
    model,
    model_version: modelVersion,
    source,
    report,
    started_at: startedAt.toISOString(),
    predictions_per_second: finished.predictionsPerSecond,
    samples: await ports.samples.keep({ tenant, evaluationId }),
  };
  await ports.record.handle(tenant, model, { evaluation, drift, retrain }, trace);
}
