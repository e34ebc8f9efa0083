import type { AgreementReport } from '@retort/contracts';
import { nameBasedId, type Clock, type NewId } from '@retort/kernel';
import type { EventStore } from '@retort/event-store';
import { recordEvent, type Run, type RunWork, type Trace } from '@retort/service-kit';
import { agreementCount } from '../domain/agreement.ts';
import { askStudent, versionToAsk } from './ask-student.ts';
import type { Inputs } from './inputs.ts';
import type { Metrics } from './metrics.ts';
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
  events: EventStore;
  clock: Clock;
  newId: NewId;
  students: StudentsOf;
  versions: ModelVersionsOf;
  samples: Samples;
  inputs: Inputs;
  metrics: Pick<Metrics, 'record'>;
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
}

/** Puts an evaluation on the record and among the metrics; doing it again changes nothing. Returns the event's id. */
export async function publishEvaluation(
  ports: Pick<EvaluationPorts, 'events' | 'clock' | 'newId' | 'samples' | 'metrics'>,
  finished: FinishedEvaluation,
): Promise<string> {
  const { tenant, trace, evaluationId, model, modelVersion, source, startedAt, report, predictionsPerSecond } =
    finished;
  const data = {
    ...{ evaluation_id: evaluationId, model, model_version: modelVersion, source, report },
    started_at: startedAt.toISOString(),
    predictions_per_second: predictionsPerSecond,
    samples: await ports.samples.keep({ tenant, evaluationId }),
  };
  const time = ports.clock().toISOString();
  const eventId = await recordEvent(ports, {
    ...{ type: 'MODEL_EVALUATED', tenant, aggregateId: model, trace, data, occurredAt: time },
    id: nameBasedId(evaluations, evaluationId),
  });
  await ports.metrics.record({ tenant, time, data });
  return eventId;
}

/** Namespace of the events' ids. */
const evaluations = '6f1f2a54-9f0b-5d5e-8a38-0c8f2f2f6c11';
