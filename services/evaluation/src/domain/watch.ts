import type { AgreementReport, Guarantee } from '@retort/contracts';
import { clopperPearsonUpper, testMix, type DriftTest } from '@retort/statistics';

/** What the evaluation agent observed of one model that serves. */
export interface ModelObservation {
  model: string;
  modelVersion: string;
  guarantee: Guarantee;
  /** How often each tool was chosen: before the model's data set, and since. */
  reference: ReadonlyMap<string, number>;
  recent: ReadonlyMap<string, number>;
  window: { from: string; to: string; decisions: number };
  /** On the recent decisions; null when there are too few. */
  report: AgreementReport | null;
  /** Observations in a row, up to the last one, that found drift. */
  driftedBefore: number;
  /** Whether a retraining was asked for since this version's deployment. */
  retrainingAsked: boolean;
}

export interface WatchPolicy {
  minimumDecisions: number;
  persistence: number;
}

export interface ModelVerdict {
  model: string;
  modelVersion: string;
  window: ModelObservation['window'];
  report: AgreementReport | null;
  drift: DriftTest;
  /** Why a retraining is asked for; null when it is not. */
  retrain: string | null;
}

export const toolMixMonitor = 'psi.tool-mix';

/** What the figures of one model mean. A retraining is asked for when even the *upper* bound of agreement is below what
 *  was guaranteed, or when drift does not pass; once per version, for the answer takes a while. */
export function judgeModel(observation: ModelObservation, policy: WatchPolicy): ModelVerdict {
  const { model, modelVersion, window, report } = observation;
  const drift = toolMixDrift(observation);
  const because = [brokenGuarantee(observation), lastingDrift(observation, drift, policy)].filter(
    (reason) => reason !== null,
  );
  const retrain = because.length > 0 && !observation.retrainingAsked ? because.join(' ') : null;
  return { model, modelVersion, window, report, drift, retrain };
}

function toolMixDrift({ reference, recent }: Pick<ModelObservation, 'reference' | 'recent'>): DriftTest {
  const tools = [...new Set([...reference.keys(), ...recent.keys()])].sort();
  const counts = (mix: ReadonlyMap<string, number>) => tools.map((tool) => mix.get(tool) ?? 0);
  return testMix({ reference: counts(reference), current: counts(recent) });
}

function brokenGuarantee({ report, guarantee }: ModelObservation): string | null {
  if (!report) return null;
  const { numerator, denominator } = report.served_call_agreement;
  if (denominator === 0) return null;
  const upper = clopperPearsonUpper({ successes: numerator, trials: denominator }, 0.95);
  if (upper >= guarantee.target) return null;
  return `It agrees with the teacher on ${numerator} of the ${denominator} recent decisions it serves: at most ${upper.toFixed(3)}, and ${guarantee.target} is guaranteed.`;
}

function lastingDrift({ driftedBefore }: ModelObservation, drift: DriftTest, policy: WatchPolicy): string | null {
  if (drift.verdict !== 'drifted' || driftedBefore + 1 < policy.persistence) return null;
  return `The mix of tools has drifted in ${driftedBefore + 1} observations in a row (PSI ${drift.statistic.toFixed(3)}).`;
}
