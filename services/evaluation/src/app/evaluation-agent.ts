import { defineAgent, type AgentDefinition, type AgentRun } from '@retort/agent-runtime';
import type { AgreementReport, DecisionView, EvaluationSample, Guarantee } from '@retort/contracts';
import { nameBasedId, type JsonObject } from '@retort/kernel';
import type { Config } from '../config.ts';
import { agreementCount } from '../domain/agreement.ts';
import { judgeModel, toolMixMonitor, type ModelObservation, type ModelVerdict } from '../domain/watch.ts';
import { askStudent, type LabelledRequest } from './ask-student.ts';
import { publishEvaluation, type EvaluationPorts } from './execute-evaluation.ts';
import type { TeacherDecisionsOf } from './teacher-decisions.ts';
import type { WatchRecord } from './watch-record.ts';

export interface EvaluationAgentPorts extends Omit<EvaluationPorts, 'inputs'> {
  teacherDecisions: TeacherDecisionsOf;
  watch: WatchRecord;
}

interface Observation extends ModelObservation {
  samples: EvaluationSample[];
  predictionsPerSecond: number | null;
}
interface Verdict extends ModelVerdict {
  report: AgreementReport;
  samples: EvaluationSample[];
  predictionsPerSecond: number | null;
}

/** Observes every model that serves: how it agrees with the teacher on what was decided since its data were published,
 *  and whether the mix of tools is still the one it learnt. */
export function evaluationAgent(
  ports: EvaluationAgentPorts,
  config: Config,
): AgentDefinition<Observation[], Verdict[]> {
  return defineAgent<Observation[], Verdict[]>({
    name: 'evaluation',
    async perceive(run) {
      const serving = await ports.students(run.tenant, run.trace).serving();
      const observations: Observation[] = [];
      for (const { model, model_version: modelVersion, guarantee } of serving)
        observations.push(await observe({ ports, config, run, model, modelVersion, guarantee }));
      return observations;
    },
    decide(observations) {
      if (observations.length === 0) return { decision: null, why: 'No model serves.' };
      // There is a report where there were enough decisions.
      const verdicts = observations.flatMap((observation) => {
        const { report, samples, predictionsPerSecond } = observation;
        return report === null ? [] : [{ ...judgeModel(observation, config), report, samples, predictionsPerSecond }];
      });
      const why = [
        ...observations.map((observation) => describe(observation, config.minimumDecisions)),
        ...verdicts.map(conclude),
      ];
      return { decision: verdicts.length === 0 ? null : verdicts, why: why.join(' ') };
    },
    async act(verdicts, run) {
      const outcome: JsonObject = {};
      for (const verdict of verdicts) outcome[verdict.model] = await publish(ports, run, verdict);
      return outcome;
    },
    record: {
      perception: (observations) => observations.map(summary),
      decision: (verdicts) => verdicts.map(({ model, drift, retrain }) => ({ model, drift: drift.verdict, retrain })),
    },
  });
}

interface Observing {
  ports: EvaluationAgentPorts;
  config: Config;
  run: AgentRun;
  model: string;
  modelVersion: string;
  guarantee: Guarantee;
}

async function observe({ ports, config, run, model, modelVersion, guarantee }: Observing): Promise<Observation> {
  const { tenant, trace } = run;
  const teacherDecisions = ports.teacherDecisions(tenant, trace);
  const since = await ports.versions(tenant, trace).learntUntil({ model, modelVersion });
  const recent = await teacherDecisions({ side: 'after', moment: since, limit: config.recentDecisions });
  const before = await teacherDecisions({ side: 'until', moment: since, limit: config.referenceDecisions });
  const enough = recent.length >= config.minimumDecisions;
  const samples: EvaluationSample[] = [];
  let seconds = 0;
  if (enough) {
    const students = ports.students(tenant, trace);
    const question = { students, model, modelVersion, batchSize: ports.batchSize, signal: run.signal };
    for await (const batch of askStudent(question, labelled(recent))) {
      samples.push(...batch.samples);
      seconds += batch.seconds;
      run.progress({ fraction: samples.length / recent.length, step: `comparing ${model}` });
    }
  }
  const count = agreementCount();
  samples.forEach(count.add);
  return {
    model,
    modelVersion,
    guarantee,
    reference: mixOf(before),
    recent: mixOf(recent),
    window: {
      from: since,
      to: recent[0]?.recorded_at ?? since,
      decisions: recent.length,
    },
    report: enough ? count.report() : null,
    samples,
    predictionsPerSecond: seconds > 0 ? samples.length / seconds : null,
    ...(await ports.watch.history({ tenant, model, modelVersion })),
  };
}

async function* labelled(
  decisions: readonly DecisionView[],
): AsyncIterable<{ index: number; decision: LabelledRequest }> {
  for (const [index, { id, context, toolset, tool_selected, tool_parameters, tool_calls }] of decisions.entries())
    yield { index, decision: { id, context, toolset, tool_selected, tool_parameters, tool_calls } as LabelledRequest };
}

function mixOf(decisions: readonly DecisionView[]): Map<string, number> {
  const mix = new Map<string, number>();
  for (const { tool_calls } of decisions) {
    const tools =
      tool_calls.length === 0
        ? '(no tool)'
        : tool_calls
            .map(({ tool }) => tool)
            .sort()
            .join(' + ');
    mix.set(tools, (mix.get(tools) ?? 0) + 1);
  }
  return mix;
}

/** Every id comes from the run's, so that a run that is repeated says everything once. */
async function publish(ports: EvaluationAgentPorts, run: AgentRun, verdict: Verdict): Promise<JsonObject> {
  const { tenant, trace } = run;
  const { model, modelVersion, report, samples, drift, retrain, window } = verdict;
  const evaluationId = nameBasedId(run.id, `evaluation of ${model}`);
  const version = { model, model_version: modelVersion };
  await ports.samples.add({ tenant, evaluationId }, samples);
  await publishEvaluation(ports, {
    tenant,
    trace,
    evaluationId,
    model,
    modelVersion,
    source: 'recent traffic',
    startedAt: run.startedAt,
    report,
    predictionsPerSecond: verdict.predictionsPerSecond,
    ...(drift.verdict === 'drifted' && {
      drift: { ...version, monitor: toolMixMonitor, statistic: drift.statistic, critical: drift.critical, window },
    }),
    ...(retrain !== null && { retrain: { ...version, reason: retrain } }),
  });
  await ports.watch.recordDrift({ tenant, reportId: nameBasedId(run.id, `drift of ${model}`), verdict });
  return { evaluation_id: evaluationId, drift: drift.verdict, retrain };
}

function describe({ modelVersion, window, report }: Observation, minimum: number): string {
  if (!report) return `${modelVersion}: ${window.decisions} new teacher decisions, ${minimum} are needed.`;
  const { numerator, denominator } = report.served_call_agreement;
  return `${modelVersion}: of ${window.decisions} new decisions it serves ${denominator} and agrees on ${numerator}.`;
}

function conclude({ modelVersion, drift, retrain }: Verdict): string {
  const mix = `${modelVersion}: the mix of tools is ${drift.verdict} (PSI ${drift.statistic.toFixed(3)}).`;
  return retrain === null ? mix : `${mix} Retraining is asked for: ${retrain}`;
}

function summary({ model, modelVersion, window, report, driftedBefore, retrainingAsked }: Observation): JsonObject {
  return {
    model,
    model_version: modelVersion,
    window,
    agreement: report?.served_call_agreement.value ?? null,
    coverage: report?.coverage.value ?? null,
    drifted_before: driftedBefore,
    retraining_asked: retrainingAsked,
  };
}
