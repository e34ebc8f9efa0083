import { fitLogistic, logisticProbability, type LogisticModel } from '@retort/statistics';

/** What speaks for a call before it is calibrated. */
export interface CallEvidence {
  toolProbability: number;
  argumentConfidence: number;
  /** The share of the request's weight that the vocabulary knows. */
  known: number;
}

/** Turns evidence into a probability that the whole call is the teacher's; `null` is the plain product. */
export type CallCalibration = LogisticModel | null;

const FEWEST = 50;

/** Learns how far each kind of evidence is to be believed. With few decisions, or none wrong, or none right, the product
 *  of the probabilities stands as it is. */
export function fitCallCalibration(examples: readonly (CallEvidence & { agrees: boolean })[]): CallCalibration {
  const agreeing = examples.filter(({ agrees }) => agrees).length;
  if (examples.length < FEWEST || agreeing === 0 || agreeing === examples.length) return null;
  return fitLogistic(examples.map((example) => ({ x: evidenceFeatures(example), y: example.agrees })));
}

export function callConfidence(calibration: CallCalibration, evidence: CallEvidence): number {
  return calibration === null
    ? evidence.toolProbability * evidence.argumentConfidence
    : logisticProbability(calibration, evidenceFeatures(evidence));
}

function evidenceFeatures({ toolProbability, argumentConfidence, known }: CallEvidence): number[] {
  return [logOdds(toolProbability), logOdds(argumentConfidence), known];
}

function logOdds(probability: number): number {
  const bounded = Math.min(1 - 1e-4, Math.max(1e-4, probability));
  return Math.log(bounded / (1 - bounded));
}
